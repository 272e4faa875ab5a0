use std::time::Duration;

use serde_json::Value;

use super::fields::{Fields, kind};
use super::keys::Secrets;
use super::mistake::Mistakes;
use super::{Environment, Reader};
use crate::gateway::destination_url::DestinationUrl;
use crate::gateway::event::RESERVE;
use crate::gateway::filter::{Filter, Pattern, nearest};
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
    /// The secret with which events are signed anew, as Standard Webhooks, if they are.
    pub signing_secret: Option<Secret>,
}

const FIELDS: [&str; 5] = ["events", "name", "signingSecret", "timeoutSeconds", "url"];

pub(super) fn read<E: Environment>(
    reader: &Reader<'_, E>,
    path: &str,
    value: &Value,
    scheme: Option<&'static Scheme>,
    mistakes: &mut Mistakes,
) -> Option<Destination> {
    let mut fields = Fields::of(path, value, &FIELDS, mistakes)?;
    let name = name(&mut fields);
    let url = url(&mut fields, reader.allow_insecure);
    let filter = filter(&mut fields, scheme);
    let timeout = timeout(&mut fields, scheme);
    let signing_secret = signing_secret(reader, &mut fields);
    Some(Destination {
        name: name?,
        url: url?,
        filter: filter?,
        timeout: timeout?,
        signing_secret: signing_secret?,
    })
}

fn name(fields: &mut Fields<'_>) -> Option<String> {
    let Some(name) = fields.text("name") else {
        return Some("default".to_owned());
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

/// The smaller of what is configured and what the provider's deadline leaves.
fn timeout(fields: &mut Fields<'_>, scheme: Option<&Scheme>) -> Option<Duration> {
    let configured = fields.number("timeoutSeconds", 1..=300).map(Duration::from_secs);
    let scheme = scheme?;
    let most = scheme.delivery.acknowledge_within.saturating_sub(RESERVE);
    let configured = configured.unwrap_or(most);
    if configured > most {
        let (title, most) = (scheme.title, most.as_secs());
        let message = format_args!("is longer than {title} waits; {most} is used instead");
        fields.warning("timeoutSeconds", message);
    }
    Some(configured.min(most))
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
    let count = entries.len();
    let patterns: Vec<Pattern> = entries
        .into_iter()
        .filter_map(|(path, value)| pattern(&path, value, scheme, fields.mistakes))
        .collect();
    (patterns.len() == count).then(|| Filter::new(patterns))
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

/// `false` and nothing mean the same: events are not signed anew.
fn signing_secret<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
) -> Option<Option<Secret>> {
    match fields.value("signingSecret") {
        None | Some(Value::Bool(false)) => Some(None),
        Some(_) => {
            let binding = fields.text("signingSecret")?;
            let format = STANDARD_WEBHOOKS.secret;
            let secrets = Secrets { reader, format, strength: Strength::Required };
            secrets.secret(&fields.path("signingSecret"), binding, fields.mistakes).map(Some)
        }
    }
}
