//! The head of a request: may its body be read?

use super::config::{Config, Source};
use super::reply::Refusal;
use crate::time::UnixTime;

/// Where sources are served.
pub(super) const HOOKS: &str = "/hooks/";
const HEALTH: &str = "/healthz";

/// What there is of a request before its body.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "adapters write it as a literal")]
pub struct Head<'r> {
    /// The method, in capitals.
    pub method: &'r str,
    /// The absolute URL.
    pub url: &'r str,
    /// The `Content-Encoding` header.
    pub content_encoding: Option<&'r str>,
    /// The `Content-Length` header.
    pub content_length: Option<&'r str>,
}

impl Head<'_> {
    /// Whether the body's length is declared, so that it was judged with the head.
    pub fn declares_length(&self) -> bool {
        self.content_length.is_some_and(is_number)
    }
}

/// What becomes of a request.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "an adapter has to handle all of them")]
pub enum Admission<'c> {
    /// It asks whether every source can serve, and this is the answer.
    Health {
        /// Whether it can.
        is_healthy: bool,
    },
    /// It is for this source; its headers and then its body are to be verified.
    Hook(&'c Source),
    /// It is refused.
    Refused {
        /// The name of the source that it was for, if there is one.
        source: Option<&'c str>,
        /// Why.
        refusal: Refusal,
    },
}

/// Judges, in this order: path, method, source, encoding, length.
pub fn admit<'c>(config: &'c Config, head: &Head<'_>, now: UnixTime) -> Admission<'c> {
    let (host, path) = split(head.url);
    if path == HEALTH {
        return health(config, head.method, now);
    }
    let wanted = path.strip_prefix(HOOKS);
    let Some((name, source)) = config.sources().find(|(name, _)| Some(*name) == wanted) else {
        // A source that could not be read may well be the one that is meant.
        let may_be_missing = wanted.is_some() && config.is_incomplete();
        let refusal = if may_be_missing { Refusal::Misconfigured } else { Refusal::NotFound };
        return Admission::Refused { source: None, refusal };
    };
    let refuse = |refusal| Admission::Refused { source: Some(name), refusal };
    if head.method != "POST" {
        return refuse(Refusal::MethodNotAllowed { allow: "POST" });
    }
    let Some(source) = source else {
        return refuse(Refusal::Misconfigured);
    };
    if !is_able(source, now) {
        return refuse(Refusal::NoActiveKey);
    }
    if source.destinations().any(|destination| destination.url.is_gateway(host)) {
        return refuse(Refusal::DestinationIsGateway);
    }
    if !head.content_encoding.is_none_or(is_identity) {
        return refuse(Refusal::UnsupportedEncoding);
    }
    if head.content_length.is_some_and(|length| exceeds(length, source.max_body_bytes())) {
        return refuse(Refusal::TooLarge);
    }
    Admission::Hook(source)
}

fn health<'c>(config: &'c Config, method: &str, now: UnixTime) -> Admission<'c> {
    if !matches!(method, "GET" | "HEAD") {
        let refusal = Refusal::MethodNotAllowed { allow: "GET, HEAD" };
        return Admission::Refused { source: None, refusal };
    }
    // That there is no source at all is an error.
    let is_able = |source: Option<&Source>| source.is_some_and(|source| is_able(source, now));
    let is_healthy = !config.has_errors() && config.sources().all(|(_, source)| is_able(source));
    Admission::Health { is_healthy }
}

fn is_able(source: &Source, now: UnixTime) -> bool {
    source.verifier().keyring().is_active(now)
}

fn is_identity(encoding: &str) -> bool {
    encoding.trim().eq_ignore_ascii_case("identity")
}

/// Whether a declared length is over the cap; one that is no number is left to the reader of the
/// body, who counts.
fn exceeds(length: &str, max_bytes: usize) -> bool {
    let length = length.trim();
    is_number(length) && length.parse().map_or(true, |length: usize| length > max_bytes)
}

fn is_number(length: &str) -> bool {
    !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit())
}

/// The host with its port and the path of an absolute URL, both as they stand there.
fn split(url: &str) -> (&str, &str) {
    let after_scheme = url.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
    let rest = after_scheme.unwrap_or(url);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_taken_as_it_stands() {
        for (url, host, path) in [
            ("https://a.b/hooks/x?y#z", "a.b", "/hooks/x"),
            ("https://a.b:8443/hooks/x", "a.b:8443", "/hooks/x"),
            ("https://a.b", "a.b", ""),
            ("https://a.b?/hooks/x", "a.b", ""),
            ("https://a.b//hooks/x", "a.b", "//hooks/x"),
            ("https://a.b/hooks/%78", "a.b", "/hooks/%78"),
            ("/hooks/x", "", "/hooks/x"),
            ("", "", ""),
        ] {
            assert_eq!(split(url), (host, path), "{url}");
        }
    }
}
