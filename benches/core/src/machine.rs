//! Where the figures come from.

use std::fmt;
use std::fs;
use std::process::Command;

/// The processor, and the versions of all that is compared.
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) has_sha_instructions: bool,
    pub(crate) rustc: String,
    pub(crate) crates: Vec<(&'static str, String)>,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = info.lines().find(|line| line.starts_with(name))?;
            line.split_once(':').map(|(_, value)| value.trim().to_owned())
        };
        let flags = field("flags").or_else(|| field("Features")).unwrap_or_default();
        Self {
            processor: field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            has_sha_instructions: flags.split(' ').any(|flag| flag == "sha_ni" || flag == "sha2"),
            rustc: rustc(),
            crates: CRATES.map(|name| (name, version(name))).into(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sha = if self.has_sha_instructions { "with" } else { "without" };
        writeln!(f, "{}, {} cores, {sha} SHA instructions", self.processor, self.cores)?;
        write!(f, "{}", self.rustc)?;
        self.crates.iter().try_for_each(|(name, version)| write!(f, ", {name} {version}"))
    }
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| "rustc of an unknown version".to_owned())
}

/// What the lock file says.
fn version(name: &str) -> String {
    let start = format!("name = \"{name}\"\nversion = \"");
    let rest = include_str!("../Cargo.lock").split_once(&start).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or("?").to_owned()
}

const CRATES: [&str; 7] =
    ["countersign", "sha2", "hmac", "ring", "aws-lc-rs", "aws-lc-sys", "criterion"];
