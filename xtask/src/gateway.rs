//! The gateway in local workerd, through `wrangler dev`: no account, no network.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::child::Background;
use crate::{http, tools};

const PATIENCE: Duration = Duration::from_secs(60);

/// What to start, and how.
#[derive(Debug)]
pub(crate) struct Setup {
    /// A directory of our own, for the configuration, the secrets, the storage and the log.
    pub(crate) directory: PathBuf,
    pub(crate) port: u16,
    /// The Worker's variables.
    pub(crate) vars: Value,
    pub(crate) secrets: Vec<(String, String)>,
    /// Whether it builds again when the source changes, and prints to the terminal instead of to a file.
    pub(crate) interactive: bool,
}

/// A running gateway. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Gateway {
    _wrangler: Background,
}

impl Gateway {
    pub(crate) fn start(setup: &Setup) -> Result<Self> {
        fs::create_dir_all(&setup.directory)?;
        fs::write(setup.directory.join("wrangler.json"), setup.config()?)?;
        fs::write(setup.directory.join(".dev.vars"), setup.dev_vars())?;
        let wrangler = setup.spawn()?;
        setup.wait(&wrangler)?;
        Ok(Self { _wrangler: wrangler })
    }
}

impl Setup {
    pub(crate) fn log(&self) -> PathBuf {
        self.directory.join("wrangler.log")
    }

    fn config(&self) -> Result<String> {
        let root = tools::root();
        let mut config = json!({
            "name": "countersign",
            "main": root.join("build/worker/index.js"),
            "compatibility_date": compatibility_date()?,
            "kv_namespaces": [{ "binding": "SEEN", "id": "seen" }],
            "durable_objects": { "bindings": [{ "name": "INBOX", "class_name": "Inbox" }] },
            "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Inbox"] }],
            "vars": self.vars,
        });
        if self.interactive {
            config["build"] = json!({
                "command": "cargo xtask build",
                "cwd": root,
                "watch_dir": root.join("src"),
            });
        }
        Ok(serde_json::to_string_pretty(&config)?)
    }

    fn dev_vars(&self) -> String {
        self.secrets.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect()
    }

    fn spawn(&self) -> Result<Background> {
        let mut wrangler = tools::node_bin("wrangler")?;
        wrangler
            .current_dir(&self.directory)
            .args([
                "dev",
                "--config",
                "wrangler.json",
                "--persist-to",
                "state",
                "--ip",
                "127.0.0.1",
            ])
            .args(["--port", &self.port.to_string(), "--inspector-port", &free_port()?.to_string()])
            .arg("--show-interactive-dev-session=false")
            .envs([
                ("WRANGLER_SEND_METRICS", "false"),
                ("CLOUDFLARE_CF_FETCH_ENABLED", "false"),
                ("CI", "1"),
            ]);
        if !self.interactive {
            let log = File::create(self.log())?;
            wrangler.stdout(log.try_clone()?).stderr(Stdio::from(log));
        }
        Background::start(&mut wrangler)
    }

    /// Until it answers, whatever the answer.
    fn wait(&self, wrangler: &Background) -> Result<()> {
        let started = Instant::now();
        while http::get(self.port, "/healthz").is_err() {
            if let Some(status) = wrangler.ended()? {
                bail!("wrangler ended: {status}{}", self.last_lines());
            }
            if started.elapsed() > PATIENCE {
                bail!(
                    "the gateway gave no answer in {} s{}",
                    PATIENCE.as_secs(),
                    self.last_lines()
                );
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn last_lines(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines = log.trim_end().lines().collect::<Vec<_>>();
        let last = lines.iter().skip(lines.len().saturating_sub(20));
        last.map(|line| format!("\n  | {line}")).collect()
    }
}

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Fails if somebody listens on this port.
pub(crate) fn claim_port(port: u16) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map(drop)
        .with_context(|| format!("port {port} is in use; choose another with --port"))
}

/// The one that will be deployed.
pub(crate) fn compatibility_date() -> Result<String> {
    let config = tools::root().join("wrangler.toml");
    let text = fs::read_to_string(&config).with_context(|| config.display().to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix("compatibility_date"));
    let date = line.and_then(|line| line.split('"').nth(1));
    Ok(date.context("wrangler.toml has no compatibility_date")?.to_owned())
}
