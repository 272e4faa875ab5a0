//! Processes in the background. None outlives us: not when we fail, and not on Ctrl-C or TERM.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// wrangler needs about a second to stop its own children.
const PATIENCE: Duration = Duration::from_secs(8);

static RUNNING: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

type Shared = Arc<Mutex<Child>>;

/// A process that is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Background(Shared);

impl Background {
    /// Starts a command in a process group of its own. Ctrl-C in a terminal goes to the whole foreground group, and
    /// wrangler, told twice to stop, would leave its own children behind.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        stop_all_on_interrupt()?;
        own_group(command);
        let name = command.get_program().to_string_lossy().into_owned();
        let child =
            command.stdin(Stdio::null()).spawn().with_context(|| format!("can't start {name}"))?;
        let shared = Arc::new(Mutex::new(child));
        lock(&RUNNING).push(Arc::clone(&shared));
        Ok(Self(shared))
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> io::Result<Option<ExitStatus>> {
        lock(&self.0).try_wait()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        lock(&RUNNING).retain(|other| !Arc::ptr_eq(other, &self.0));
        stop(&mut lock(&self.0));
    }
}

/// Waits until Ctrl-C.
pub(crate) fn wait_for_interrupt() -> ! {
    loop {
        thread::park();
    }
}

fn stop_all_on_interrupt() -> Result<()> {
    static ONCE: Once = Once::new();
    let mut outcome = Ok(());
    ONCE.call_once(|| {
        outcome = ctrlc::set_handler(|| {
            println!("\nstopping …");
            for child in lock(&RUNNING).iter() {
                stop(&mut lock(child));
            }
            std::process::exit(130);
        });
    });
    outcome.context("can't handle Ctrl-C")
}

fn stop(child: &mut Child) {
    let asked = Instant::now();
    signal("TERM", &child.id().to_string());
    while asked.elapsed() < PATIENCE && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(50));
    }
    // What is left of its group, if anything.
    signal("KILL", &format!("-{}", child.id()));
    child.kill().ok();
    child.wait().ok();
}

/// By the shell's own `kill`: not every machine has the program. `-s`, because dash knows no `--` after `-TERM`.
fn signal(name: &str, target: &str) {
    let script = format!("kill -s {name} -- {target}");
    Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status().ok();
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Background, lock};
    use std::io::Read;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    #[test]
    fn stopping_is_quick_and_leaves_nobody_behind() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 60 & wait"]).stdout(Stdio::piped());
        let background = Background::start(&mut shell).unwrap();
        let mut inherited = lock(&background.0).stdout.take().unwrap();
        let started = Instant::now();
        drop(background);
        // Ends when the last process that has the pipe is gone.
        inherited.read_to_end(&mut Vec::new()).unwrap();
        assert!(started.elapsed().as_secs() < 4);
    }
}
