//! `cargo xtask demo`: both providers, the gateway and an origin, on this machine.

mod cases;
mod table;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use countersign::UnixTime;
use countersign::scheme::{BOATEROS, PEEKER, Scheme};
use serde_json::{Value, json};

use self::cases::{Case, Origins};
use self::table::Row;
use crate::args::Args;
use crate::gateway::{Gateway, Setup, free_port};
use crate::http::{self, Message};
use crate::origin::Origin;
use crate::provider::{now, sample_secret};
use crate::{step, tools, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask demo

Builds the Worker, starts it in local workerd beside a sample origin, plays both providers against it, and prints what
was sent, what was answered and what the origin saw. Needs no account and no network once the tools are installed.
Exits with 1 if anything was not as expected.";

/// A key in its overlap during a rotation, and one whose overlap is over.
const OLD: &str = "Old";
const OLDER: &str = "Older";

pub(crate) fn command(args: Args) -> Result<()> {
    args.finish()?;
    play()
}

/// Plays all cases. Fails if one doesn't go as expected.
pub(crate) fn play() -> Result<()> {
    step::heading("demo");
    worker::build("worker")?;
    let received = Arc::new(Mutex::new(Vec::new()));
    let mut origin = Origin::recording(&received)?;
    let setup = setup(origin.port())?;
    let gateway = step::call("the gateway, in workerd", || Gateway::start(&setup))?;
    let rows = cases::all(now())?.into_iter().map(|case| row(case, &setup, &mut origin, &received));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    println!("\n{}", table::render(&rows));
    drop(gateway);
    keeps_secrets(&setup)?;
    verdict(&rows)
}

fn setup(origin: u16) -> Result<Setup> {
    let directory = tools::target_dir().join("demo");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    Ok(Setup {
        directory,
        port: free_port()?,
        vars: vars(origin, now()),
        secrets: [&PEEKER, &BOATEROS].into_iter().flat_map(secrets).collect(),
        interactive: false,
    })
}

fn secrets(scheme: &'static Scheme) -> [(String, String); 3] {
    ["", OLD, OLDER].map(|role| (binding(scheme, role), sample_secret(scheme, role)))
}

fn binding(scheme: &Scheme, role: &str) -> String {
    format!("{}_SECRET{}", scheme.name, role).to_uppercase()
}

/// Two sources in the middle of a rotation, and one that waits for its secret.
fn vars(origin: u16, now: UnixTime) -> Value {
    let mut waiting = source(&PEEKER, origin, "*", now);
    waiting["secrets"] = json!(["SECRET_THAT_IS_NOT_THERE_YET"]);
    json!({
        "ALLOW_INSECURE_DESTINATIONS": "true",
        "SOURCES": {
            "peeker": source(&PEEKER, origin, "order.*", now),
            "boateros": source(&BOATEROS, origin, "hull.*", now),
            "waiting": waiting,
        },
    })
}

fn source(scheme: &Scheme, origin: u16, events: &str, now: UnixTime) -> Value {
    let in_an_hour = UnixTime::from_millis(now.as_millis() + HOUR_MS).to_string();
    let an_hour_ago = UnixTime::from_millis(now.as_millis() - HOUR_MS).to_string();
    json!({
        "scheme": scheme.name,
        "mode": "relay",
        "maxBodyBytes": cases::MAX_BODY_BYTES,
        "secrets": [
            binding(scheme, ""),
            { "binding": binding(scheme, OLD), "notAfter": in_an_hour },
            { "binding": binding(scheme, OLDER), "notAfter": an_hour_ago },
        ],
        "destinations": [{
            "name": "app",
            "url": format!("http://127.0.0.1:{origin}/webhooks/{}", scheme.name),
            "events": [events],
        }],
    })
}

const HOUR_MS: i64 = 3_600_000;

fn row(
    case: Case,
    setup: &Setup,
    origin: &mut Origin,
    received: &Mutex<Vec<Message>>,
) -> Result<Row> {
    match case.origin {
        Origins::Down => origin.down(),
        Origins::Up => origin.up()?,
        Origins::AsItIs => {}
    }
    lock(received).clear();
    let answer = http::exchange(setup.port, &case.request).with_context(|| case.sent.clone())?;
    let answered = answered(&answer);
    let saw = saw(&lock(received), case.forwarded.as_deref());
    let expected =
        (case.answer.to_owned(), if case.forwarded.is_some() { SAW_IT } else { SAW_NOTHING });
    let as_expected = (answered.as_str(), saw.as_str()) == (expected.0.as_str(), expected.1);
    Ok(Row { sent: case.sent, answered, saw, expected: (!as_expected).then_some(expected) })
}

const SAW_IT: &str = "the event, byte for byte";
const SAW_NOTHING: &str = "nothing";

/// The status and the word that goes with it.
fn answered(answer: &Message) -> String {
    let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let word = body["status"].as_str().or_else(|| body["error"].as_str()).unwrap_or("?");
    format!("{} {word}", answer.status())
}

fn saw(received: &[Message], forwarded: Option<&[u8]>) -> String {
    match (received, forwarded) {
        ([], _) => SAW_NOTHING.to_owned(),
        ([one], Some(body)) if one.body == body => SAW_IT.to_owned(),
        ([_], Some(_)) => "another body".to_owned(),
        ([_], None) => "an event".to_owned(),
        (several, _) => format!("{} requests", several.len()),
    }
}

/// Whatever was logged, no secret was.
fn keeps_secrets(setup: &Setup) -> Result<()> {
    let log = fs::read_to_string(setup.log())?;
    match setup.secrets.iter().find(|(_, value)| log.contains(value.as_str())) {
        Some((name, _)) => bail!("{name} stands in the log, {}", setup.log().display()),
        None => Ok(()),
    }
}

fn verdict(rows: &[Row]) -> Result<()> {
    let wrong = rows.iter().filter(|row| row.expected.is_some()).count();
    let log = shown(&tools::target_dir().join("demo/wrangler.log"));
    if wrong > 0 {
        bail!("{wrong} of {} not as expected; the gateway's log is {log}", rows.len());
    }
    println!("All {} as expected. The gateway's log is {log}.", rows.len());
    Ok(())
}

fn shown(path: &Path) -> String {
    path.strip_prefix(tools::root()).unwrap_or(path).display().to_string()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
