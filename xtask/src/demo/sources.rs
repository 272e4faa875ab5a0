//! How the demo's gateway is configured.

use countersign::UnixTime;
use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS, Scheme};
use serde_json::{Value, json};

use super::cases::MAX_BODY_BYTES;
use crate::provider::sample_secret;

/// A key in its overlap during a rotation, and one whose overlap is over.
pub(super) const OLD: &str = "Old";
pub(super) const OLDER: &str = "Older";
/// The inbox's own keys: no two sources may have one secret.
pub(super) const ORDERS: &str = "Orders";
pub(super) const HULLS: &str = "Hulls";
pub(super) const HASTY: &str = "Hasty";

/// What the destination knows our deliveries by.
pub(super) const SIGNING_SECRET: &str = "APP_SIGNING_SECRET";

pub(super) fn secrets() -> Vec<(String, String)> {
    let named = |scheme, role| (binding(scheme, role), sample_secret(scheme, role));
    let peeker = ["", OLD, OLDER, ORDERS, HASTY].map(|role| named(&PEEKER, role));
    let boateros = ["", OLD, OLDER, HULLS].map(|role| named(&BOATEROS, role));
    let signing = (SIGNING_SECRET.to_owned(), signing_secret());
    peeker.into_iter().chain(boateros).chain([signing]).collect()
}

pub(super) fn signing_secret() -> String {
    sample_secret(&STANDARD_WEBHOOKS, "")
}

fn binding(scheme: &Scheme, role: &str) -> String {
    format!("{}_SECRET{}", scheme.name, role).to_uppercase()
}

/// Relay: two sources in the middle of a rotation, and one that waits for its secret. Inbox: two that never give up as
/// long as the demo lasts, and one that soon does.
pub(super) fn vars(origin: u16, now: UnixTime) -> Value {
    let mut waiting = relay(&PEEKER, origin, "*", now);
    waiting["secrets"] = json!(["SECRET_THAT_IS_NOT_THERE_YET"]);
    json!({
        "ALLOW_INSECURE_DESTINATIONS": "true",
        "SOURCES": {
            "peeker": relay(&PEEKER, origin, "order.*", now),
            "boateros": relay(&BOATEROS, origin, "hull.*", now),
            "waiting": waiting,
            "orders": inbox(&PEEKER, ORDERS, origin, &[1; 50]),
            "hulls": inbox(&BOATEROS, HULLS, origin, &[1; 50]),
            "hasty": inbox(&PEEKER, HASTY, origin, &[1]),
        },
    })
}

fn relay(scheme: &Scheme, origin: u16, events: &str, now: UnixTime) -> Value {
    let in_an_hour = UnixTime::from_millis(now.as_millis() + HOUR_MS).to_string();
    let an_hour_ago = UnixTime::from_millis(now.as_millis() - HOUR_MS).to_string();
    json!({
        "scheme": scheme.name,
        "mode": "relay",
        "maxBodyBytes": MAX_BODY_BYTES,
        "secrets": [
            binding(scheme, ""),
            { "binding": binding(scheme, OLD), "notAfter": in_an_hour },
            { "binding": binding(scheme, OLDER), "notAfter": an_hour_ago },
        ],
        "destinations": [{
            "name": "app",
            "url": url(origin, scheme),
            "events": [events],
        }],
    })
}

/// Tries again after so many seconds.
fn inbox(scheme: &Scheme, role: &str, origin: u16, schedule: &[u32]) -> Value {
    json!({
        "scheme": scheme.name,
        "mode": "inbox",
        "secrets": [binding(scheme, role)],
        "retrySchedule": schedule,
        "destinations": [{
            "name": "app",
            "url": url(origin, scheme),
            "signingSecret": SIGNING_SECRET,
        }],
    })
}

fn url(origin: u16, scheme: &Scheme) -> String {
    format!("http://127.0.0.1:{origin}/webhooks/{}", scheme.name)
}

const HOUR_MS: i64 = 3_600_000;
