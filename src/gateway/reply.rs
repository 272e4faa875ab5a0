//! What the sender is told: as little as possible where it may be a stranger.

use serde::Serialize;

use super::dedupe::Decision;
use super::inbox::Acceptance;
use super::outcome::Outcome;
use crate::time::UnixTime;
use crate::verify::VerifyError;

/// Why a request gets no further.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The body could not be read to its end.
    BodyUnreadable,
    /// The destination is this gateway, so that the event would go round and round.
    DestinationIsGateway,
    /// The same event is being forwarded right now.
    InFlight,
    /// The path knows other methods only.
    MethodNotAllowed {
        /// Which.
        allow: &'static str,
    },
    /// The source has a mistake in its configuration.
    Misconfigured,
    /// No key of the source is valid at this time.
    NoActiveKey,
    /// There is nothing at this path.
    NotFound,
    /// The body did not arrive in time.
    Timeout,
    /// The body is over the cap.
    TooLarge,
    /// The inbox can't be reached, or has too much to do.
    Unavailable,
    /// It is not genuine.
    Unauthorized(VerifyError),
    /// The body is compressed.
    UnsupportedEncoding,
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::NoActiveKey => Self::NoActiveKey,
            error => Self::Unauthorized(error),
        }
    }
}

impl Refusal {
    /// A stable name for the log; for a request that is not genuine, the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DestinationIsGateway => "destination_is_gateway",
            Self::NoActiveKey => "no_active_key",
            Self::Unauthorized(error) => error.code(),
            _ => self.answer().1,
        }
    }

    /// The status, and the code in the answer.
    const fn answer(&self) -> (u16, &'static str) {
        match self {
            Self::BodyUnreadable => (400, "body_unreadable"),
            Self::DestinationIsGateway | Self::Misconfigured | Self::NoActiveKey => {
                (503, "misconfigured")
            }
            Self::InFlight => (409, "in_flight"),
            Self::MethodNotAllowed { .. } => (405, "method_not_allowed"),
            Self::NotFound => (404, "not_found"),
            Self::Timeout => (408, "timeout"),
            Self::TooLarge => (413, "too_large"),
            Self::Unavailable => (503, "unavailable"),
            Self::Unauthorized(_) => (401, "unauthorized"),
            Self::UnsupportedEncoding => (415, "unsupported_encoding"),
        }
    }

    const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::DestinationIsGateway | Self::Misconfigured | Self::NoActiveKey => Some(60),
            Self::InFlight | Self::Unavailable => Some(5),
            _ => None,
        }
    }
}

/// An answer to the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The content type and the body.
    pub content: (&'static str, String),
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `Allow`.
    pub allow: Option<&'static str>,
}

impl Reply {
    /// The answer to a request that gets no further. Every one that is not genuine gets the same,
    /// byte for byte, unless `explain` is on.
    pub fn refused(refusal: &Refusal, explain: bool) -> Self {
        let (status, code) = refusal.answer();
        let error = Some(code);
        let body = match refusal {
            Refusal::Unauthorized(why) if explain => Body {
                error,
                code: Some(why.code()),
                message: Some(why.to_string()),
                ..Body::default()
            },
            _ => Body { error, ..Body::default() },
        };
        let allow = match refusal {
            Refusal::MethodNotAllowed { allow } => Some(*allow),
            _ => None,
        };
        Self { retry_after: refusal.retry_after(), allow, ..Self::json(status, &body) }
    }

    /// The answer to a genuine event that the destination does not want.
    pub fn filtered(id: &str) -> Self {
        Self::json(200, &Body { status: Some("filtered"), id: Some(id), ..Body::default() })
    }

    /// The answer to a copy. The operator reads it in the provider's portal.
    pub fn duplicate(id: &str, first_seen: UnixTime, replay_from: Option<UnixTime>) -> Self {
        Self::json(
            200,
            &Body {
                status: Some("duplicate"),
                id: Some(id),
                first_seen_at: Some(first_seen.to_string()),
                replay_from: replay_from.map(|time| time.to_string()),
                ..Body::default()
            },
        )
    }

    /// The answer once the event is in the inbox.
    pub fn accepted(id: &str, acceptance: &Acceptance) -> Self {
        match acceptance {
            Acceptance::Duplicate { first_seen, replay_from } => {
                return Self::duplicate(id, *first_seen, *replay_from);
            }
            // It is nowhere: only a shard is ever told this.
            Acceptance::Unknown => return Self::refused(&Refusal::Unavailable, false),
            _ => {}
        }
        Self::json(
            202,
            &Body {
                status: Some("accepted"),
                id: Some(id),
                conflict: matches!(acceptance, Acceptance::Conflict),
                replay: matches!(acceptance, Acceptance::Replay { .. }),
                redriven: matches!(acceptance, Acceptance::Redriven),
                ..Body::default()
            },
        )
    }

    /// The answer once the destination has, or has not, accepted.
    pub fn outcome(id: &str, decision: &Decision, outcome: Outcome) -> Self {
        let failed =
            |status, error| Self::json(status, &Body { error: Some(error), ..Body::default() });
        match outcome {
            Outcome::Delivered { .. } => Self::delivered(id, decision),
            Outcome::Refused { retry_after, .. } => {
                Self { retry_after, ..failed(502, "destination_failed") }
            }
            Outcome::TimedOut => failed(504, "destination_timeout"),
            Outcome::Unreachable | Outcome::Unsent | Outcome::Bodiless => {
                failed(502, "destination_failed")
            }
        }
    }

    /// The answer to a health check.
    pub fn health(is_healthy: bool) -> Self {
        let (status, text) = if is_healthy { (200, "ok") } else { (503, "misconfigured") };
        Self { status, content: ("text/plain", text.to_owned()), retry_after: None, allow: None }
    }

    fn delivered(id: &str, decision: &Decision) -> Self {
        Self::json(
            200,
            &Body {
                status: Some("delivered"),
                id: Some(id),
                conflict: matches!(decision, Decision::Conflict),
                replay: matches!(decision, Decision::Replay { .. }),
                ..Body::default()
            },
        )
    }

    fn json(status: u16, body: &Body<'_>) -> Self {
        let content = ("application/json", serde_json::to_string(body).unwrap_or_default());
        Self { status, content, retry_after: None, allow: None }
    }
}

/// Everything that an answer's body may hold.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'b> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_from: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    conflict: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replay: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    redriven: bool,
}
