//! `cargo xtask send`: one event for the gateway that `cargo xtask dev` has started.

use anyhow::{Context, Result, bail};
use countersign::scheme::{ALL, Scheme, by_name};
use countersign::sign::Outgoing;

use crate::args::Args;
use crate::dev::{PORT, secret, source_name};
use crate::http::{self, Framing};
use crate::provider::{headers, now};

pub(crate) const HELP: &str = "\
usage: cargo xtask send <scheme> <type> [options]

Signs an event as that provider would, sends it, and prints the answer.

  --inbox          to the scheme's source in inbox mode
  --to URL         default: http://127.0.0.1:8787/hooks/<source>, where `cargo xtask dev` listens
  --id ID          the event's id, for a scheme that has one; default: a new one each time
  --body TEXT      default: a small JSON object with the type in it
  --secret TEXT    default: the one that `cargo xtask dev` uses";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let is_inbox = args.flag("--inbox");
    let id = args.option::<String>("--id")?;
    let to = args.option::<String>("--to")?;
    let body = args.option::<String>("--body")?;
    let given = args.option::<String>("--secret")?;
    let (Some(scheme), Some(kind)) = (args.word(), args.word()) else { bail!("{HELP}") };
    args.finish()?;
    let scheme = known(&scheme)?;
    let now = now();
    let id = id.unwrap_or_else(|| format!("evt_{}", now.as_millis()));
    let body = body.unwrap_or_else(|| format!(r#"{{"type":"{kind}","sent":"{now}"}}"#));
    let message = Outgoing {
        event_id: scheme.event_id.map(|_| id.as_str()),
        event_type: Some(&kind),
        timestamp: now,
        body: body.as_bytes(),
    };
    let secret = given.unwrap_or_else(|| secret(scheme, is_inbox));
    let headers = headers(scheme, &secret, &message)?;
    let to = to.unwrap_or_else(|| address(scheme, is_inbox));
    println!("{}", transmit(&to, &headers, &body)?);
    Ok(())
}

fn known(name: &str) -> Result<&'static Scheme> {
    let names = || ALL.iter().map(|scheme| scheme.name).collect::<Vec<_>>().join(", ");
    by_name(name).with_context(|| format!("there is no scheme `{name}`: {}", names()))
}

fn address(scheme: &Scheme, is_inbox: bool) -> String {
    format!("http://127.0.0.1:{PORT}/hooks/{}", source_name(scheme, is_inbox))
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
