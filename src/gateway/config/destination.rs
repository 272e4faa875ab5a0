use std::time::Duration;

use serde_json::Value;

use super::fields::{Fields, all, kind};
use super::inbox::{self, ModeName, RETRY_SCHEDULE};
use super::keys::Secrets;
use super::mistake::Mistakes;
use super::{Environment, Reader};
use crate::gateway::destination_url::DestinationUrl;
use crate::gateway::event::RESERVE;
use crate::gateway::filter::{Filter, Pattern, nearest};
use crate::gateway::retry::RetrySchedule;
use crate::scheme::{STANDARD_WEBHOOKS, Scheme};
use crate::secret::{Secret, Strength};

/// Where a source's events go.
#[derive(Debug)]
#[non_exhaustive]
pub struct Destination {
    /// Its name, which takes part in delivery ids.
    pub name: String,
    /// Its address.
    pub url: DestinationUrl,
    /// The event types that it wants.
    pub filter: Filter,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// The secrets with which events are signed anew, as Standard Webhooks: none if they are not,
    /// two during a rotation.
    pub signing_secrets: Vec<Secret>,
    /// Its own schedule in inbox mode, in place of the source's.
    pub retry: Option<RetrySchedule>,
}

const FIELDS: [&str; 6] =
    ["events", "name", RETRY_SCHEDULE, "signingSecret", "timeoutSeconds", "url"];

const INBOX_TIMEOUT: Duration = Duration::from_secs(15);
/// Of a destination that has none of its own.
pub(super) const DEFAULT_NAME: &str = "default";

/// What a destination's settings are judged by.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) scheme: Option<&'static Scheme>,
    pub(super) mode: ModeName,
}

pub(super) fn read<E: Environment>(
    reader: &Reader<'_, E>,
    path: &str,
    value: &Value,
    context: Context,
    mistakes: &mut Mistakes,
) -> Option<Destination> {
    let mut fields = Fields::of(path, value, &FIELDS, mistakes)?;
    let name = name(&mut fields);
    let url = url(&mut fields, reader.allow_insecure);
    let filter = filter(&mut fields, context.scheme);
    let timeout = timeout(&mut fields, context);
    let signing_secrets = signing_secrets(reader, &mut fields, context.mode);
    let retry = retry(&mut fields, context.mode);
    Some(Destination {
        name: name?,
        url: url?,
        filter: filter?,
        timeout: timeout?,
        signing_secrets: signing_secrets?,
        retry,
    })
}

fn name(fields: &mut Fields<'_>) -> Option<String> {
    let Some(name) = fields.text("name") else {
        return Some(DEFAULT_NAME.to_owned());
    };
    if super::is_source_name(name) {
        return Some(name.to_owned());
    }
    fields.error("name", "a destination's name is 1 to 63 of a-z, 0-9 and inner hyphens");
    None
}

fn url(fields: &mut Fields<'_>, allow_insecure: bool) -> Option<DestinationUrl> {
    let text = fields.required_text("url", "https://app.example.com/webhooks")?;
    DestinationUrl::parse(text, allow_insecure).map_err(|error| fields.error("url", error)).ok()
}

fn timeout(fields: &mut Fields<'_>, context: Context) -> Option<Duration> {
    let configured = fields.seconds("timeoutSeconds", 300);
    match context.mode {
        ModeName::Relay => Some(timeout_in_relay(fields, configured, context.scheme?)),
        ModeName::Inbox | ModeName::Unknown => Some(configured.unwrap_or(INBOX_TIMEOUT)),
    }
}

/// The smaller of what is configured and what the provider's deadline leaves.
fn timeout_in_relay(
    fields: &mut Fields<'_>,
    configured: Option<Duration>,
    scheme: &Scheme,
) -> Duration {
    let most = scheme.delivery.acknowledge_within.saturating_sub(RESERVE);
    let configured = configured.unwrap_or(most);
    if configured > most {
        let (title, most) = (scheme.title, most.as_secs());
        let message = format_args!("is longer than {title} waits; {most} is used instead");
        fields.warning("timeoutSeconds", message);
    }
    configured.min(most)
}

fn filter(fields: &mut Fields<'_>, scheme: Option<&Scheme>) -> Option<Filter> {
    if fields.value("events").is_none() {
        return Some(Filter::default());
    }
    let entries = fields.list("events")?;
    if entries.is_empty() {
        fields.error("events", "is empty and would want nothing; leave it out to want everything");
        return None;
    }
    let read =
        |path: &str, value: &Value, mistakes: &mut Mistakes| pattern(path, value, scheme, mistakes);
    all(&entries, fields.mistakes, read).map(Filter::new)
}

fn pattern(
    path: &str,
    value: &Value,
    scheme: Option<&Scheme>,
    mistakes: &mut Mistakes,
) -> Option<Pattern> {
    let Some(text) = value.as_str() else {
        mistakes.error(path, format_args!("must be a text, not {}", kind(value)));
        return None;
    };
    let pattern = Pattern::parse(text).map_err(|error| mistakes.error(path, error)).ok()?;
    let catalogued = scheme.filter(|scheme| !scheme.catalogue.is_empty());
    let is_known = |scheme: &&Scheme| scheme.catalogue.iter().any(|name| pattern.matches(name));
    if let Some(scheme) = catalogued.filter(|scheme| !is_known(scheme)) {
        let hint = nearest(text, scheme.catalogue.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let title = scheme.title;
        mistakes.warning(path, format_args!("no event type that {title} documents matches{hint}"));
    }
    Some(pattern)
}

/// One name, or two during a rotation. `false`: events are not signed anew, which in relay mode
/// need not be said.
fn signing_secrets<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
    mode: ModeName,
) -> Option<Vec<Secret>> {
    match fields.value(SIGNING_SECRET) {
        Some(Value::Bool(false)) => Some(Vec::new()),
        Some(Value::String(_) | Value::Array(_)) => named_secrets(reader, fields),
        Some(_) => {
            let message = "must be the name of a secret, a list of one or two names, or false";
            fields.error(SIGNING_SECRET, message);
            None
        }
        None if mode == ModeName::Inbox => {
            let message = "is missing; write signingSecret = \"APP_SIGNING_SECRET\", or \
                           signingSecret = false if events are not to be signed anew";
            fields.error(SIGNING_SECRET, message);
            None
        }
        None => Some(Vec::new()),
    }
}

const SIGNING_SECRET: &str = "signingSecret";

fn named_secrets<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
) -> Option<Vec<Secret>> {
    let entries = fields.list(SIGNING_SECRET)?;
    if !(1..=2).contains(&entries.len()) {
        fields.error(SIGNING_SECRET, "must have one entry, or two during a rotation");
        return None;
    }
    let format = STANDARD_WEBHOOKS.secret;
    let secrets = Secrets { reader, format, strength: Strength::Required };
    let read =
        |path: &str, value: &Value, mistakes: &mut Mistakes| secrets.named(path, value, mistakes);
    let found = all(&entries, fields.mistakes, read)?;
    if let [new, old] = found.as_slice()
        && new.is_same(old)
    {
        fields.error(SIGNING_SECRET, "names one secret twice; remove one of them");
    }
    Some(found)
}

fn retry(fields: &mut Fields<'_>, mode: ModeName) -> Option<RetrySchedule> {
    if mode == ModeName::Relay {
        inbox::warn_in_relay(fields, RETRY_SCHEDULE);
        return None;
    }
    inbox::retry_schedule(fields)
}
