use std::collections::BTreeMap;
use std::time::Duration;

use countersign::scheme::{PEEKER, Replays, Scheme};
use serde_json::{Value, json};

use crate::original::provider_secret;
use crate::random::Random;
use crate::scenario::Deployment;
use crate::site::Site;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// The source's settings that stay the same through all deployments.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) starts_in_relay: bool,
    pub(crate) first_shards: u32,
    /// In seconds; `None` for the default.
    retry: Option<Vec<i64>>,
    /// Seconds of failure, attempts, seconds between probes.
    pub(crate) breaker: (i64, i64, i64),
    pub(crate) drain_per_second: i64,
    max_in_flight: Option<i64>,
    window_secs: i64,
    retention_days: i64,
    /// In seconds; `None` if replays are suppressed.
    replay_after_secs: Option<i64>,
}

impl Settings {
    pub(crate) fn some(
        random: &mut Random,
        scheme: &'static Scheme,
        is_calm: bool,
        span: i64,
    ) -> Self {
        let window_secs = *random.pick(&[seconds(scheme.dedupe.window), 3600, 86_400]);
        let least_days = window_secs.max(1).unsigned_abs().div_ceil(86_400).cast_signed();
        let retries = [None, Some(vec![5, 30, 120]), Some(vec![60, 300, 1800])];
        let by_default = matches!(scheme.dedupe.replays, Replays::Deliver { .. });
        let delivers_replays = by_default != random.percent(20);
        let retry = retries[random.below(3)].clone();
        Self {
            starts_in_relay: !is_calm && random.percent(15),
            first_shards: *random.pick(&[1, 2, 4, 8]),
            retry: retry.clone(),
            breaker: breaker(random, span <= 3 * HOUR && retry.is_some()),
            drain_per_second: *random.pick(&[1, 5, 50]),
            max_in_flight: *random.pick(&[None, None, Some(1), Some(3)]),
            window_secs,
            retention_days: *random.pick(&[30, least_days, least_days + 1]).max(&least_days),
            replay_after_secs: delivers_replays.then_some(900),
        }
    }

    pub(crate) fn small() -> Self {
        Self {
            starts_in_relay: false,
            first_shards: 1,
            retry: Some(vec![5, 30]),
            breaker: (1800, 5, 300),
            drain_per_second: 50,
            max_in_flight: None,
            window_secs: 86_400,
            retention_days: 30,
            replay_after_secs: Some(900),
        }
    }

    /// The pauses between a destination's attempts.
    pub(crate) fn pauses(&self, site: &Site) -> Vec<i64> {
        let own = site.retry.as_ref().or(self.retry.as_ref());
        let pauses = own.map_or(&DEFAULT_RETRY[..], Vec::as_slice);
        pauses.iter().map(|secs| secs * SECOND).collect()
    }

    pub(crate) const fn window(&self) -> i64 {
        self.window_secs * SECOND
    }

    pub(crate) const fn retention(&self) -> i64 {
        self.retention_days * DAY
    }

    /// From when on after a delivery a copy is delivered again.
    pub(crate) fn replay_after(&self) -> i64 {
        let replay_after = self.replay_after_secs.unwrap_or(self.window_secs);
        replay_after.min(self.window_secs) * SECOND
    }

    pub(crate) fn environment(
        &self,
        scheme: &Scheme,
        sites: &[Site],
        deployment: Deployment<'_>,
    ) -> BTreeMap<String, String> {
        let sources = json!({ scheme.name: self.source(scheme, sites, deployment) });
        let variable = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        BTreeMap::from([
            variable("SOURCES", &sources.to_string()),
            variable("SEEN", "{}"),
            variable("INBOX", "{}"),
            variable("BODIES", "{}"),
            variable("PROVIDER_SECRET", provider_secret(scheme)),
            variable("NEW_SECRET", NEW_SECRET),
            variable("OLD_SECRET", OLD_SECRET),
        ])
    }

    fn source(&self, scheme: &Scheme, sites: &[Site], deployment: Deployment<'_>) -> Value {
        let mut source = json!({
            "scheme": scheme.name,
            "mode": if deployment.is_inbox { "inbox" } else { "relay" },
            "secrets": ["PROVIDER_SECRET"],
            "dedupeWindowSeconds": self.window_secs,
            "replays": if self.replay_after_secs.is_some() { "deliver" } else { "suppress" },
        });
        if let Some(secs) = self.replay_after_secs {
            source["replayAfterSeconds"] = secs.into();
        }
        let present = sites.iter().enumerate().filter(|(n, _)| !deployment.absent.contains(n));
        let count = if deployment.is_inbox { sites.len() } else { 1 };
        source["destinations"] =
            present.take(count).map(|(_, site)| site.to_json(deployment.is_inbox)).collect();
        if deployment.is_inbox {
            self.add_inbox(&mut source, deployment.shards);
        }
        source
    }

    fn add_inbox(&self, source: &mut Value, shards: u32) {
        source["shards"] = shards.into();
        source["retentionDays"] = self.retention_days.into();
        source["drainPerSecond"] = self.drain_per_second.into();
        let (failing, attempts, probe) = self.breaker;
        source["breaker"] =
            json!({ "failingSeconds": failing, "attempts": attempts, "probeSeconds": probe });
        if let Some(retry) = &self.retry {
            source["retrySchedule"] = json!(retry);
        }
        if let Some(most) = self.max_in_flight {
            source["maxInFlight"] = most.into();
        }
    }
}

/// Many probes tell no more than a few.
fn breaker(random: &mut Random, is_short: bool) -> (i64, i64, i64) {
    let quick = [(1800, 5, 300), (60, 3, 30), (600, 8, 60)];
    *random.pick(if is_short { &quick } else { &quick[..1] })
}

/// What the gateway signs with.
pub(crate) const NEW_SECRET: &str = "whsec_c2lnbmVkIGFuZXcgZm9yIHRoZSBhcHA=";
/// What it signed with before; some destinations are in the middle of a rotation.
pub(crate) const OLD_SECRET: &str = "whsec_c2lnbmVkIGluIHRoZSBvbGQgZGF5cw==";

const DEFAULT_RETRY: [i64; 7] = [60, 300, 1800, 7200, 28_800, 86_400, 259_200];

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap()
}

/// After how long the provider sends an event again that was not acknowledged.
pub(crate) fn provider_retries(scheme: &Scheme) -> &'static [i64] {
    if scheme.name == PEEKER.name { &PEEKER_RETRIES } else { &BOATEROS_RETRIES }
}

const PEEKER_RETRIES: [i64; 5] =
    [MINUTE, 10 * MINUTE, 60 * MINUTE, 6 * 60 * MINUTE, 16 * 60 * MINUTE];
const BOATEROS_RETRIES: [i64; 7] =
    [MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE, 480 * MINUTE, 1440 * MINUTE, 4320 * MINUTE];
