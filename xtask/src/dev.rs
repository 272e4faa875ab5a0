//! `cargo xtask dev` and `cargo xtask send`: the gateway and an origin to play with, and events to send.

use anyhow::{Context, Result, bail};
use countersign::scheme::{ALL, Scheme, by_name};
use countersign::sign::Outgoing;
use serde_json::{Map, Value, json};

use crate::args::Args;
use crate::child::wait_for_interrupt;
use crate::gateway::{Gateway, Setup, claim_port};
use crate::http::{self, Framing, Message};
use crate::origin::Origin;
use crate::provider::{headers, now, sample_secret};
use crate::{tools, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask dev [--port N]

Starts the gateway in local workerd, with a source for each scheme, and a sample origin that prints what it receives.
Says what to type to send an event. The gateway is built again when something in src/ changes. Ctrl-C stops everything.

  --port N   where the gateway listens; default: 8787";

pub(crate) const SEND_HELP: &str = "\
usage: cargo xtask send <scheme> <type> [options]

Signs an event as that provider would, sends it, and prints the answer.

  --to URL         default: http://127.0.0.1:8787/hooks/<scheme>, where `cargo xtask dev` listens
  --id ID          the event's id, for a scheme that has one; default: a new one each time
  --body TEXT      default: a small JSON object with the type in it
  --secret TEXT    default: the one that `cargo xtask dev` uses";

const PORT: u16 = 8787;

pub(crate) fn command(mut args: Args) -> Result<()> {
    let port = args.option::<u16>("--port")?.unwrap_or(PORT);
    args.finish()?;
    claim_port(port)?;
    worker::build("worker")?;
    let origin = Origin::start(|message| println!("{}", received(&message)))?;
    let setup = setup(port, origin.port())?;
    let _gateway = Gateway::start(&setup)?;
    println!("{}", instructions(port, origin.port()));
    wait_for_interrupt()
}

fn setup(port: u16, origin: u16) -> Result<Setup> {
    let sources = ALL.iter().map(|scheme| (scheme.name.to_owned(), source(scheme, origin)));
    Ok(Setup {
        directory: tools::target_dir().join("dev"),
        port,
        vars: json!({
            "ALLOW_INSECURE_DESTINATIONS": "true",
            "EXPLAIN": "true",
            "SOURCES": sources.collect::<Map<String, Value>>(),
        }),
        secrets: ALL.iter().map(|scheme| (binding(scheme), sample_secret(scheme, ""))).collect(),
        interactive: true,
    })
}

fn source(scheme: &Scheme, origin: u16) -> Value {
    let url = format!("http://127.0.0.1:{origin}/{}", scheme.name);
    json!({
        "scheme": scheme.name,
        "mode": "relay",
        "secrets": [binding(scheme)],
        "destinations": [{ "name": "sample", "url": url }],
    })
}

fn binding(scheme: &Scheme) -> String {
    format!("{}_SECRET", scheme.name.to_uppercase().replace('-', "_"))
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
        "\n   gateway        http://127.0.0.1:{port}/hooks/<source>\n   \
            sample origin  http://127.0.0.1:{origin}\n\n\
         Send events from another terminal:\n\n   \
            cargo xtask send peeker order.completed{}\n   \
            cargo xtask send boateros hull.sold{}\n\n\
         Ctrl-C stops.\n",
        to("peeker"),
        to("boateros")
    )
}

pub(crate) fn send(mut args: Args) -> Result<()> {
    let id = args.option::<String>("--id")?;
    let to = args.option::<String>("--to")?;
    let body = args.option::<String>("--body")?;
    let secret = args.option::<String>("--secret")?;
    let (Some(scheme), Some(kind)) = (args.word(), args.word()) else { bail!("{SEND_HELP}") };
    args.finish()?;
    let names = ALL.iter().map(|scheme| scheme.name).collect::<Vec<_>>().join(", ");
    let scheme =
        by_name(&scheme).with_context(|| format!("there is no scheme `{scheme}`: {names}"))?;
    let now = now();
    let id = id.unwrap_or_else(|| format!("evt_{}", now.as_millis()));
    let body = body.unwrap_or_else(|| format!(r#"{{"type":"{kind}","sent":"{now}"}}"#));
    let message = Outgoing {
        event_id: scheme.event_id.map(|_| id.as_str()),
        event_type: Some(&kind),
        timestamp: now,
        body: body.as_bytes(),
    };
    let headers = headers(scheme, &secret.unwrap_or_else(|| sample_secret(scheme, "")), &message)?;
    let to = to.unwrap_or_else(|| format!("http://127.0.0.1:{PORT}/hooks/{}", scheme.name));
    println!("{}", transmit(&to, &headers, &body)?);
    Ok(())
}

fn transmit(to: &str, headers: &[(String, String)], body: &str) -> Result<String> {
    let (port, path) = local(to).with_context(|| {
        format!("{to}: only http://127.0.0.1:<port>/… and http://localhost:<port>/… are supported")
    })?;
    let mut shown = format!("POST {to}\n");
    shown.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\n")));
    let bytes = http::request(&format!("POST {path}"), headers, body.as_bytes(), Framing::Length);
    let answer = http::exchange(port, &bytes)
        .with_context(|| format!("nobody answers at {to}; is `cargo xtask dev` running?"))?;
    Ok(format!("{shown}\n{body}\n\n{}\n{}", answer.start, answer.text()))
}

fn local(url: &str) -> Option<(u16, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let port = port.parse().ok()?;
    matches!(name, "127.0.0.1" | "localhost").then(|| (port, format!("/{path}")))
}
