use std::time::Duration;

/// What came of sending an event to its destination. Its status decides; its body is not looked
/// at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It answered 2xx.
    Delivered {
        /// The status.
        status: u16,
    },
    /// It answered anything else. Redirects are not followed.
    Refused {
        /// The status.
        status: u16,
        /// When it wants to be asked again, in seconds, if it was overloaded and said so.
        retry_after: Option<u32>,
    },
    /// It did not answer in time.
    TimedOut,
    /// There was no connection, or it broke.
    Unreachable,
    /// The platform did not let the request out: nothing was sent.
    Unsent,
    /// The body could not be had from where it is kept: nothing was sent.
    Bodiless,
}

impl Outcome {
    /// The outcome that an answer means.
    pub fn of_answer(status: u16, retry_after: Option<&str>) -> Self {
        match status {
            200..=299 => Self::Delivered { status },
            429 | 503 => Self::Refused { status, retry_after: retry_after.and_then(seconds) },
            _ => Self::Refused { status, retry_after: None },
        }
    }

    /// The outcome that an error of the platform means, `has_timed_out` or not.
    pub fn of_failure(error: &str, has_timed_out: bool) -> Self {
        match error {
            _ if has_timed_out => Self::TimedOut,
            // What one invocation may send is limited, with this message.
            _ if error.contains("Too many subrequests") => Self::Unsent,
            _ => Self::Unreachable,
        }
    }

    /// Whether the event has arrived.
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Delivered { .. })
    }

    /// The destination's status, if there was an answer.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Delivered { status } | Self::Refused { status, .. } => Some(status),
            Self::TimedOut | Self::Unreachable | Self::Unsent | Self::Bodiless => None,
        }
    }

    /// Whether the destination says that it will never take an event again. Other 4xx may be a
    /// mistake that lasts for an hour, and are tried again.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Refused { status: 410, .. })
    }

    /// Whether it says something about the destination.
    pub const fn was_sent(self) -> bool {
        !matches!(self, Self::Unsent | Self::Bodiless)
    }

    /// For how long the destination asks to be left alone.
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => Some(Duration::from_secs(retry_after?.into())),
            _ => None,
        }
    }

    /// A stable name for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Refused { status: 300..=399, .. } => "destination_redirected",
            Self::Refused { .. } => "destination_refused",
            Self::TimedOut => "destination_timeout",
            Self::Unreachable => "destination_unreachable",
            Self::Unsent => "not_sent",
            Self::Bodiless => "body_unreadable",
        }
    }
}

/// A `Retry-After` in seconds, of at most a day.
fn seconds(text: &str) -> Option<u32> {
    let is_number = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|secs| is_number && (1..=86_400).contains(secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_delivered() {
        for status in 0..=999 {
            let outcome = Outcome::of_answer(status, None);
            assert_eq!(outcome.is_delivered(), (200..300).contains(&status), "{status}");
            assert_eq!(outcome.status(), Some(status));
        }
    }

    #[test]
    fn what_the_platform_holds_back_says_nothing_about_the_destination() {
        let limit = "Error: Too many subrequests by single Worker invocation.";
        assert_eq!(Outcome::of_failure(limit, false), Outcome::Unsent);
        assert_eq!(Outcome::of_failure(limit, true), Outcome::TimedOut);
        assert_eq!(Outcome::of_failure("Network connection lost.", false), Outcome::Unreachable);
    }

    #[test]
    fn retry_after_counts_when_the_destination_is_overloaded() {
        let retry_after = |status, text| match Outcome::of_answer(status, Some(text)) {
            Outcome::Refused { retry_after, .. } => retry_after,
            _ => None,
        };
        assert_eq!(retry_after(429, "7"), Some(7));
        assert_eq!(retry_after(503, "86400"), Some(86_400));
        assert_eq!(retry_after(500, "7"), None);
        for odd in ["", "0", "-1", "+7", "86401", "999999", "7.5", "Fri, 21 Nov 2026 18:00:00 GMT"]
        {
            assert_eq!(retry_after(429, odd), None, "{odd}");
        }
    }
}
