//! `cargo xtask dev`: the gateway and an origin to play with.

use std::io;

use anyhow::Result;
use countersign::scheme::{ALL, STANDARD_WEBHOOKS, Scheme};
use serde_json::{Map, Value, json};

use crate::args::Args;
use crate::child::wait_for_interrupt;
use crate::gateway::{Gateway, Setup, claim_port};
use crate::http::Message;
use crate::origin::Origin;
use crate::provider::sample_secret;
use crate::{tools, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask dev [--port N]

Starts the gateway in local workerd, with two sources for each scheme, one in relay mode and one in inbox mode, and a
sample origin that prints what it receives. Says what to type to send an event. Enter takes the origin down and up. The
gateway is built again when something in src/ changes. What is in the inbox stays there until the next time. Ctrl-C
stops everything.

  --port N   where the gateway listens; default: 8787";

/// Where the gateway listens if nobody says otherwise.
pub(crate) const PORT: u16 = 8787;

/// What the inbox's sources have in their names and secrets.
const INBOX: &str = "inbox";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let port = args.option::<u16>("--port")?.unwrap_or(PORT);
    args.finish()?;
    claim_port(port)?;
    worker::build("worker")?;
    let mut origin = Origin::start(|message| println!("{}", received(&message)))?;
    let setup = setup(port, origin.port())?;
    let _gateway = Gateway::start(&setup)?;
    println!("{}", instructions(port, origin.port()));
    toggle_on_enter(&mut origin)?;
    wait_for_interrupt()
}

/// The name of a scheme's source.
pub(crate) fn source_name(scheme: &Scheme, is_inbox: bool) -> String {
    if is_inbox { format!("{}-{INBOX}", scheme.name) } else { scheme.name.to_owned() }
}

/// The secret of a scheme's source.
pub(crate) fn secret(scheme: &Scheme, is_inbox: bool) -> String {
    sample_secret(scheme, if is_inbox { INBOX } else { "" })
}

fn setup(port: u16, origin: u16) -> Result<Setup> {
    let all = || ALL.iter().flat_map(|scheme| [(*scheme, false), (*scheme, true)]);
    let sources = all().map(|(scheme, is_inbox)| {
        (source_name(scheme, is_inbox), source(scheme, is_inbox, origin))
    });
    let secrets =
        all().map(|(scheme, is_inbox)| (binding(scheme, is_inbox), secret(scheme, is_inbox)));
    let signing = (SIGNING_SECRET.to_owned(), sample_secret(&STANDARD_WEBHOOKS, "Signing"));
    Ok(Setup {
        directory: tools::target_dir().join("dev"),
        port,
        vars: json!({
            "ALLOW_INSECURE_DESTINATIONS": "true",
            "EXPLAIN": "true",
            "SOURCES": sources.collect::<Map<String, Value>>(),
        }),
        secrets: secrets.chain([signing]).collect(),
        interactive: true,
    })
}

fn source(scheme: &Scheme, is_inbox: bool, origin: u16) -> Value {
    let name = source_name(scheme, is_inbox);
    let mut source = json!({
        "scheme": scheme.name,
        "mode": "relay",
        "secrets": [binding(scheme, is_inbox)],
        "destinations": [{ "name": "sample", "url": format!("http://127.0.0.1:{origin}/{name}") }],
    });
    if is_inbox {
        source["mode"] = json!("inbox");
        source["retrySchedule"] = json!(RETRY_SCHEDULE);
        source["destinations"][0]["signingSecret"] = json!(SIGNING_SECRET);
    }
    source
}

const SIGNING_SECRET: &str = "SAMPLE_SIGNING_SECRET";

/// In seconds, for somebody who is watching; then a dead letter, until a copy comes.
const RETRY_SCHEDULE: [u32; 9] = [2, 2, 5, 5, 10, 10, 20, 30, 60];

fn binding(scheme: &Scheme, is_inbox: bool) -> String {
    format!("{}_SECRET", source_name(scheme, is_inbox).to_uppercase().replace('-', "_"))
}

/// Until there is no more input.
fn toggle_on_enter(origin: &mut Origin) -> Result<()> {
    for line in io::stdin().lines() {
        line?;
        if origin.is_up() {
            origin.down();
            println!("-> the sample origin is down; Enter takes it up again");
        } else {
            origin.up()?;
            println!("-> the sample origin is up");
        }
    }
    Ok(())
}

fn received(message: &Message) -> String {
    let headers = message.headers.iter().map(|(name, value)| format!("   {name}: {value}\n"));
    format!(
        "\n-> the sample origin received {}\n{}\n   {}\n",
        message.start,
        headers.collect::<String>(),
        message.text()
    )
}

fn instructions(port: u16, origin: u16) -> String {
    let to = |scheme: &str| match port {
        PORT => String::new(),
        port => format!(" --to http://127.0.0.1:{port}/hooks/{scheme}"),
    };
    format!(
        "\n   relay          http://127.0.0.1:{port}/hooks/<scheme>\n   \
            inbox          http://127.0.0.1:{port}/hooks/<scheme>-inbox\n   \
            sample origin  http://127.0.0.1:{origin}, which Enter takes down and up\n\n\
         Send events from another terminal:\n\n   \
            cargo xtask send peeker order.completed{}\n   \
            cargo xtask send boateros hull.sold --inbox{}\n\n\
         Ctrl-C stops.\n",
        to("peeker"),
        to("boateros-inbox")
    )
}
