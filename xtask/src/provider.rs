//! Plays a provider: signs an event as it would.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use countersign::scheme::Scheme;
use countersign::sign::{Outgoing, sign};
use countersign::{Secret, Strength, UnixTime};

/// The headers of a signed event, content type included.
pub(crate) fn headers(
    scheme: &'static Scheme,
    secret: &str,
    message: &Outgoing<'_>,
) -> Result<Vec<(String, String)>> {
    let secret = Secret::parse(secret, scheme.secret, Strength::Required)
        .map_err(|error| anyhow!("the secret: {}", error.code()))?;
    let signed = sign(scheme, &[&secret], message)?;
    let signed = signed.into_iter().map(|(name, value)| (name.to_owned(), value));
    let content_type = ("Content-Type".to_owned(), "application/json".to_owned());
    Ok(std::iter::once(content_type).chain(signed).collect())
}

/// The time by this machine's clock.
pub(crate) fn now() -> UnixTime {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_millis(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// A secret for use on this machine only; anybody can read it here. It is good as text and as base64, and different for
/// each scheme and each `role`, because the gateway refuses two sources with one secret.
pub(crate) fn sample_secret(scheme: &Scheme, role: &str) -> String {
    let text = format!("sample{role}SecretFor{}", scheme.name.replace('-', ""));
    let width = text.len().next_multiple_of(4);
    format!("{text:A<width$}")
}
