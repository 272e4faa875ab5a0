use std::time::Duration;

use serde_json::Value;

use super::destination::Context;
use super::destinations::Destinations;
use super::fields::Fields;
use super::inbox::{self, ModeName};
use super::keys::Secrets;
use super::mistake::Mistakes;
use super::{BODIES_BINDING, Destination, Environment, Mode, Reader, destinations};
use crate::gateway::dedupe::{Identity, Policy};
use crate::gateway::filter::nearest;
use crate::gateway::inbox::LARGEST_ROW_BODY;
use crate::scheme::{self, Replays, STANDARD_WEBHOOKS, Scheme};
use crate::secret::Strength;
use crate::time::Tolerance;
use crate::verify::Verifier;

/// One inbound endpoint, ready to serve.
#[derive(Debug)]
pub struct Source {
    name: String,
    verifier: Verifier,
    max_body_bytes: usize,
    dedupe: Option<Policy>,
    mode: Mode,
    destinations: Destinations,
}

impl Source {
    /// Its name, as in `POST /hooks/{name}`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What verifies its requests.
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The largest body that is read, in bytes.
    pub const fn max_body_bytes(&self) -> usize {
        self.max_body_bytes
    }

    /// How copies are recognised, if they are.
    pub(in crate::gateway) const fn dedupe(&self) -> Option<&Policy> {
        self.dedupe.as_ref()
    }

    /// What it does with a genuine event.
    pub const fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Its first destination; in relay mode there is no other.
    pub fn destination(&self) -> &Destination {
        self.destinations.first()
    }

    /// All its destinations: at least one, and no two of one name.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.destinations.iter()
    }

    /// The destination of this name.
    pub fn destination_named(&self, name: &str) -> Option<&Destination> {
        self.destinations().find(|destination| destination.name == name)
    }
}

const FIELDS: [&str; 18] = [
    "allowWeakSecret",
    "breaker",
    "dedupe",
    "dedupeWindowSeconds",
    "destinations",
    "drainPerSecond",
    "maxBodyBytes",
    "maxInFlight",
    "mode",
    "replayAfterSeconds",
    "replays",
    "retentionDays",
    "retrySchedule",
    "scheme",
    "secrets",
    "shards",
    "timestamp",
    TOLERANCE,
];
/// Read apart from the others, because several settings are judged by it.
const TOLERANCE: &str = "toleranceSeconds";

const DEFAULT_MAX_BODY: usize = 1 << 20;
/// An isolate has 128 MB, and several requests share it.
const LARGEST_MAX_BODY: u32 = 10 << 20;
/// The shortest dedupe window, in seconds: KV keeps nothing for less than a minute.
pub const SHORTEST_WINDOW: u64 = 60;
/// The longest dedupe window, in seconds.
pub const LONGEST_WINDOW: u64 = 366 * 86_400;

pub(super) fn read<E: Environment>(
    reader: &Reader<'_, E>,
    path: &str,
    name: &str,
    value: &Value,
    mistakes: &mut Mistakes,
) -> Option<Source> {
    let mut fields = Fields::of(path, value, &FIELDS, mistakes)?;
    let mode = inbox::mode_name(reader, &mut fields);
    // Without a scheme nothing can be built, but what does not depend on it is judged all the same.
    let scheme = scheme(&mut fields);
    let tolerance = tolerance(&mut fields);
    let strength = strength(&mut fields);
    let keyring = scheme.and_then(|scheme| {
        Secrets { reader, format: scheme.secret, strength }.keyring(&mut fields)
    });
    let without_zone = without_zone(&mut fields);
    let dedupe = dedupe(&mut fields, scheme.unwrap_or(&STANDARD_WEBHOOKS), tolerance, mode);
    let max_body_bytes = max_body_bytes(reader, &mut fields, mode);
    let destinations = destinations::read(reader, &mut fields, Context { scheme, mode });
    let mode = inbox::read(&mut fields, mode, dedupe.as_ref().map(|policy| policy.window));

    let mut verifier = Verifier::new(scheme?, keyring?).with_tolerance(tolerance);
    if let Some(fraction_digits) = without_zone {
        verifier = verifier
            .without_zone(fraction_digits)
            .map_err(|error| fields.error("timestamp", error))
            .ok()?;
    }
    Some(Source {
        name: name.to_owned(),
        verifier,
        max_body_bytes,
        dedupe,
        mode: mode?,
        destinations: destinations?,
    })
}

fn scheme(fields: &mut Fields<'_>) -> Option<&'static Scheme> {
    let name = fields.required_text("scheme", "peeker")?;
    let scheme = scheme::by_name(name);
    if scheme.is_none() {
        let names = scheme::ALL.iter().map(|scheme| scheme.name);
        let hint = nearest(name, names.clone()).map_or_else(
            || names.collect::<Vec<_>>().join(", "),
            |near| format!("did you mean {near}?"),
        );
        fields.error("scheme", format_args!("there is no such scheme; {hint}"));
    }
    scheme
}

fn strength(fields: &mut Fields<'_>) -> Strength {
    match fields.boolean("allowWeakSecret") {
        Some(true) => Strength::AllowWeak,
        _ => Strength::Required,
    }
}

fn tolerance(fields: &mut Fields<'_>) -> Tolerance {
    fields
        .number(TOLERANCE, 1..=86_400)
        .and_then(|secs| Tolerance::from_secs(u32::try_from(secs).ok()?).ok())
        .unwrap_or_default()
}

/// `timestamp = { zone = "none", fractionDigits = 3 }`.
fn without_zone(fields: &mut Fields<'_>) -> Option<u8> {
    let value = fields.value("timestamp")?;
    let path = fields.path("timestamp");
    let mut timestamp = Fields::of(&path, value, &["fractionDigits", "zone"], fields.mistakes)?;
    if timestamp.required_text("zone", "none").is_some_and(|zone| zone != "none") {
        timestamp.error("zone", "must be \"none\"; leave `timestamp` out if there is a zone");
    }
    if timestamp.value("fractionDigits").is_none() {
        timestamp.error(
            "fractionDigits",
            "is missing; write how many digits follow the seconds, 0 to 9",
        );
    }
    timestamp.number("fractionDigits", 0..=9).and_then(|digits| u8::try_from(digits).ok())
}

/// What does not fit into a row of the inbox needs another place.
fn max_body_bytes<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
    mode: ModeName,
) -> usize {
    let configured = fields.count("maxBodyBytes", LARGEST_MAX_BODY);
    let most = configured.and_then(|most| most.try_into().ok()).unwrap_or(DEFAULT_MAX_BODY);
    let fits = most <= LARGEST_ROW_BODY;
    if fits || mode != ModeName::Inbox || reader.is_bound(BODIES_BINDING) {
        return most;
    }
    let message = format_args!(
        "without R2 bodies over {LARGEST_ROW_BODY} bytes are refused; add [[r2_buckets]] with \
         binding = \"{BODIES_BINDING}\" to wrangler.toml"
    );
    fields.warning("maxBodyBytes", message);
    LARGEST_ROW_BODY
}

fn dedupe(
    fields: &mut Fields<'_>,
    scheme: &Scheme,
    tolerance: Tolerance,
    mode: ModeName,
) -> Option<Policy> {
    let Some(identity) = identity(fields) else {
        for name in ["dedupeWindowSeconds", "replays", "replayAfterSeconds"] {
            if fields.value(name).is_some() {
                fields.warning(name, "has no effect, because dedupe is off");
            }
        }
        return None;
    };
    let least = SHORTEST_WINDOW.max(life_of_a_request(tolerance));
    let window = fields
        .number("dedupeWindowSeconds", least..=longest_window(mode))
        .map_or(scheme.dedupe.window, Duration::from_secs);
    Some(Policy { identity, window, replays: replays(fields, scheme, tolerance) })
}

/// An inbox recognises a copy by the event that it keeps.
const fn longest_window(mode: ModeName) -> u64 {
    match mode {
        ModeName::Inbox => inbox::LONGEST_RETENTION_DAYS * 86_400,
        ModeName::Relay | ModeName::Unknown => LONGEST_WINDOW,
    }
}

/// For how many seconds a captured request passes: from the future side of the window to the past
/// one.
fn life_of_a_request(tolerance: Tolerance) -> u64 {
    u64::from(tolerance.as_secs()).saturating_mul(2)
}

/// `dedupe = { id = "/id" }`, or `dedupe = false`, for which there is no identity.
fn identity(fields: &mut Fields<'_>) -> Option<Identity> {
    match fields.value("dedupe") {
        None | Some(Value::Bool(true)) => Some(Identity::Scheme),
        Some(Value::Bool(false)) => None,
        Some(value) => {
            let path = fields.path("dedupe");
            let mut dedupe = Fields::of(&path, value, &["id"], fields.mistakes)?;
            let pointer = dedupe.required_text("id", "/id")?;
            if !pointer.starts_with('/') {
                dedupe.error(
                    "id",
                    "must be a JSON pointer into the body, such as \"/id\" or \"/data/id\"",
                );
            }
            Some(Identity::Pointer(pointer.to_owned()))
        }
    }
}

fn replays(fields: &mut Fields<'_>, scheme: &Scheme, tolerance: Tolerance) -> Replays {
    let after = fields.number("replayAfterSeconds", 1..=LONGEST_WINDOW).map(Duration::from_secs);
    let are_delivered = match (fields.text("replays"), scheme.dedupe.replays) {
        (Some("deliver"), _) | (None, Replays::Deliver { .. }) => true,
        (Some("suppress"), _) | (None, Replays::Suppress) => false,
        (Some(_), _) => {
            fields.error("replays", "must be \"deliver\" or \"suppress\"");
            false
        }
    };
    if !are_delivered {
        if after.is_some() {
            fields.warning("replayAfterSeconds", "has no effect, because replays are suppressed");
        }
        return Replays::Suppress;
    }
    // What can still be a copy must not be taken for a replay.
    let least = Duration::from_secs(life_of_a_request(tolerance).saturating_add(1));
    let default = match scheme.dedupe.replays {
        Replays::Deliver { after } => after,
        Replays::Suppress => DEFAULT_REPLAY_AFTER,
    };
    if after.is_some_and(|after| after < least) {
        let life = life_of_a_request(tolerance);
        let message = format_args!("must be more than twice the tolerance, which is {life} s");
        fields.error("replayAfterSeconds", message);
    }
    let default = default.max(least);
    Replays::Deliver { after: after.unwrap_or(default) }
}

const DEFAULT_REPLAY_AFTER: Duration = Duration::from_secs(900);
