//! The mode of a source, and the settings of inbox mode.

use std::time::Duration;

use serde_json::Value;

use super::fields::{Fields, all};
use super::mistake::Mistakes;
use super::{Environment, Reader};
use crate::gateway::breaker::BreakerPolicy;
use crate::gateway::retry::RetrySchedule;

/// What a source does with a genuine event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever acts on a mode has to handle both")]
pub enum Mode {
    /// It forwards it while the provider waits.
    Relay,
    /// It stores it, answers, and delivers it from there.
    Inbox(InboxSettings),
}

impl Mode {
    /// As it is written in the configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Inbox(_) => "inbox",
        }
    }
}

/// How an inbox stores and delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboxSettings {
    /// When a delivery is tried again, unless the destination has a schedule of its own.
    pub retry: RetrySchedule,
    /// How long an event is kept: at least as long as a copy of it is recognised.
    pub retention: Duration,
    /// Over how many objects the source's events are spread.
    pub shards: u32,
    /// How many sends to one destination a shard may have under way, if it is to be fewer than the
    /// platform allows.
    pub max_in_flight: Option<usize>,
    /// How many held deliveries go out a second once a destination is up again.
    pub drain_per_second: u32,
    /// When a destination counts as down.
    pub breaker: BreakerPolicy,
}

/// The name of the Durable Object binding that inbox mode stores in.
pub const INBOX_BINDING: &str = "INBOX";
/// The name of the R2 binding for bodies that don't fit there.
pub const BODIES_BINDING: &str = "BODIES";
/// For so many days an inbox can remember an event.
pub(super) const LONGEST_RETENTION_DAYS: u64 = 90;

/// What `mode` says, before the settings are read that depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModeName {
    Relay,
    Inbox,
    /// Nothing that is known. What depends on the mode is then not judged by it.
    Unknown,
}

/// The settings of a source that only inbox mode has.
pub(super) const SETTINGS: [&str; 6] =
    ["breaker", "drainPerSecond", "maxInFlight", RETRY_SCHEDULE, RETENTION_DAYS, "shards"];
/// A source has it, and a destination may have one of its own.
pub(super) const RETRY_SCHEDULE: &str = "retrySchedule";
const RETENTION_DAYS: &str = "retentionDays";

const DAY: u64 = 86_400;
const DEFAULT_RETENTION_DAYS: u64 = 30;
const DEFAULT_SHARDS: u32 = 4;
const DEFAULT_DRAIN: u32 = 50;
const MOST_RETRIES: usize = 50;
const LONGEST_PAUSE: u64 = 7 * DAY;

pub(super) fn mode_name<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
) -> ModeName {
    match fields.required_text("mode", "relay") {
        Some("relay") => ModeName::Relay,
        Some("inbox") => {
            if !reader.is_bound(INBOX_BINDING) {
                fields.error("mode", NOT_BOUND);
            }
            ModeName::Inbox
        }
        Some(_) => {
            fields.error("mode", "must be \"relay\" or \"inbox\"");
            ModeName::Unknown
        }
        None => ModeName::Unknown,
    }
}

const NOT_BOUND: &str = "inbox needs a Durable Object bound as INBOX; add to wrangler.toml \
                         [[durable_objects.bindings]] with name = \"INBOX\" and class_name = \
                         \"Inbox\", and [[migrations]] with tag = \"v1\" and \
                         new_sqlite_classes = [\"Inbox\"]";

/// The mode with its settings, if it is known which one is meant. `window` is for how long copies
/// are recognised.
pub(super) fn read(
    fields: &mut Fields<'_>,
    mode: ModeName,
    window: Option<Duration>,
) -> Option<Mode> {
    match mode {
        ModeName::Relay => {
            for name in SETTINGS {
                warn_in_relay(fields, name);
            }
            Some(Mode::Relay)
        }
        ModeName::Inbox => Some(Mode::Inbox(settings(fields, window))),
        ModeName::Unknown => {
            settings(fields, window);
            None
        }
    }
}

/// Warns about a setting that means nothing in relay mode.
pub(super) fn warn_in_relay(fields: &mut Fields<'_>, name: &str) {
    if fields.value(name).is_some() {
        fields.warning(name, "has no effect in relay mode, where the provider retries");
    }
}

/// The pauses of `retrySchedule`, if there is one without a mistake.
pub(super) fn retry_schedule(fields: &mut Fields<'_>) -> Option<RetrySchedule> {
    let entries = fields.list(RETRY_SCHEDULE)?;
    if !(1..=MOST_RETRIES).contains(&entries.len()) {
        let message =
            format_args!("must have 1 to {MOST_RETRIES} entries, such as [60, 300, 1800]");
        fields.error(RETRY_SCHEDULE, message);
        return None;
    }
    all(&entries, fields.mistakes, pause).map(RetrySchedule::new)
}

fn pause(path: &str, value: &Value, mistakes: &mut Mistakes) -> Option<Duration> {
    let secs = value.as_u64().filter(|secs| (1..=LONGEST_PAUSE).contains(secs));
    if secs.is_none() {
        let message = format_args!("must be a whole number of seconds from 1 to {LONGEST_PAUSE}");
        mistakes.error(path, message);
    }
    secs.map(Duration::from_secs)
}

fn settings(fields: &mut Fields<'_>, window: Option<Duration>) -> InboxSettings {
    InboxSettings {
        retry: retry_schedule(fields).unwrap_or_default(),
        retention: retention(fields, window),
        shards: fields.count("shards", 256).unwrap_or(DEFAULT_SHARDS),
        max_in_flight: fields.count("maxInFlight", 6).and_then(|most| most.try_into().ok()),
        drain_per_second: fields.count("drainPerSecond", 10_000).unwrap_or(DEFAULT_DRAIN),
        breaker: breaker(fields).unwrap_or_default(),
    }
}

/// An event that is no longer kept can't be recognised.
fn retention(fields: &mut Fields<'_>, window: Option<Duration>) -> Duration {
    let least = window.map_or(1, |window| window.as_secs().div_ceil(DAY));
    let days = fields.number(RETENTION_DAYS, 1..=LONGEST_RETENTION_DAYS);
    if days.is_some_and(|days| days < least) {
        let message = format_args!(
            "is shorter than the dedupe window; write at least {least}, or a smaller \
             dedupeWindowSeconds"
        );
        fields.error(RETENTION_DAYS, message);
    }
    let default = DEFAULT_RETENTION_DAYS.max(least);
    Duration::from_secs(days.unwrap_or(default).saturating_mul(DAY))
}

/// `breaker = { failingSeconds = 1800, attempts = 5, probeSeconds = 300 }`, or some of it.
fn breaker(fields: &mut Fields<'_>) -> Option<BreakerPolicy> {
    let value = fields.value("breaker")?;
    let path = fields.path("breaker");
    let known = ["attempts", "failingSeconds", "probeSeconds"];
    let mut fields = Fields::of(&path, value, &known, fields.mistakes)?;
    let default = BreakerPolicy::default();
    Some(BreakerPolicy {
        failing_for: fields.seconds("failingSeconds", 86_400).unwrap_or(default.failing_for),
        attempts: fields.count("attempts", 1000).unwrap_or(default.attempts),
        probe_every: fields.seconds("probeSeconds", 86_400).unwrap_or(default.probe_every),
    })
}
