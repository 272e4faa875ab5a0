//! One visible step: its title, a sign of life while it runs, the time it took. Its output is shown when it fails.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::tools;

const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
const SHOWN_LINES: usize = 120;

/// Runs a command. Returns all it printed, stdout and stderr as they came.
pub(crate) fn run(title: &str, command: &mut Command) -> Result<String> {
    let outcome = observe(title, command)?;
    if outcome.status.success() {
        return Ok(outcome.output);
    }
    show(&outcome.output)?;
    bail!("{title}: {} ({})", outcome.status, shown(command))
}

/// Prints the end of an output, where the reason is. All of it goes to a file.
pub(crate) fn show(output: &str) -> Result<()> {
    let lines = output.trim_end().lines().collect::<Vec<_>>();
    let hidden = lines.len().saturating_sub(SHOWN_LINES);
    if hidden > 0 {
        let file = tools::target_dir().join("last-failure.log");
        std::fs::write(&file, output)?;
        println!("… {hidden} lines before this are in {}", file.display());
    }
    lines.iter().skip(hidden).for_each(|line| println!("{line}"));
    Ok(())
}

/// Runs a command that may fail. The caller judges.
pub(crate) fn observe(title: &str, command: &mut Command) -> Result<Outcome> {
    start_line(title);
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{title}: can't start {}", shown(command)))?;
    let log = Log::default();
    let readers = [
        child.stdout.take().map(|stream| log.follow(stream)),
        child.stderr.take().map(|stream| log.follow(stream)),
    ];
    let status = wait(&mut child, &log, started)?;
    for reader in readers.into_iter().flatten() {
        reader.join().ok();
    }
    if started.elapsed() >= SIGN_OF_LIFE {
        print!("\n   {title}:");
    }
    end_line(started, if status.success() { "" } else { "  failed" });
    Ok(Outcome { status, output: log.all() })
}

/// Runs a function as a step.
pub(crate) fn call<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    start_line(title);
    let started = Instant::now();
    let result = work();
    end_line(started, if result.is_ok() { "" } else { "  failed" });
    result.with_context(|| title.to_owned())
}

/// Prints a heading over a group of steps.
pub(crate) fn heading(text: &str) {
    println!("\n== {text}");
}

/// How a command ended, and all it printed.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
}

fn start_line(title: &str) {
    print!("   {title} …");
    std::io::stdout().flush().ok();
}

fn end_line(started: Instant, remark: &str) {
    println!(" {:.1} s{remark}", started.elapsed().as_secs_f32());
}

fn wait(child: &mut Child, log: &Log, started: Instant) -> Result<ExitStatus> {
    let mut next_sign = SIGN_OF_LIFE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() >= next_sign {
            print!("\n      {:>4} s  {}", next_sign.as_secs(), log.last_line());
            std::io::stdout().flush().ok();
            next_sign += SIGN_OF_LIFE;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{} …", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn follow(&self, stream: impl Read + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                log.lines().push(String::from_utf8_lossy(&line).into_owned());
            }
        })
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn last_line(&self) -> String {
        let line = self.lines().iter().rev().find(|line| !line.trim().is_empty()).cloned();
        line.unwrap_or_default().trim().chars().take(100).collect()
    }

    fn all(&self) -> String {
        self.lines().iter().map(|line| format!("{line}\n")).collect()
    }
}
