//! What to do with a genuine event. Pure: no clock, no network, no store, no platform.
//!
//! The life of a request in relay mode; an adapter performs the steps, each decision is made here:
//!
//! 1. [`Config::read`] has made [`Source`]s of the environment, or said what is wrong with it.
//! 2. [`admit`] finds the source and judges the request's head.
//! 3. The source's [`Verifier`](crate::Verifier) judges headers and body: a
//!    [`Verified`](crate::Verified) event, or a refusal.
//! 4. [`Event::is_wanted`] applies the destination's filter.
//! 5. [`InFlight::claim`] and [`Event::judge`] say whether it is new, a copy, or a replay.
//! 6. [`Event::transmit`] is what goes to the destination; [`Outcome`] is what came of it.
//! 7. [`Event::mark`] is what to remember, after the destination has accepted and never before.
//! 8. [`Reply`] is the answer, and [`LogLine`] the record.

mod breaker;
mod config;
mod dedupe;
#[cfg(feature = "deployment")]
pub mod deployment;
mod destination_url;
mod event;
mod filter;
pub mod inbox;
mod log;
mod outcome;
mod reply;
mod request;
mod retry;
#[doc(hidden)]
pub mod sabotage;
mod stored;
mod waiting;

pub use self::breaker::BreakerPolicy;
pub use self::config::{
    BODIES_BINDING, Config, Destination, Environment, INBOX_BINDING, InboxSettings, LONGEST_WINDOW,
    Mistake, Mode, SHORTEST_WINDOW, STORE_BINDING, Severity, Source,
};
pub use self::dedupe::{Claim, Decision, InFlight, MAX_VARIANTS, Mark, Seen, Ticket};
pub use self::destination_url::{DestinationUrl, UrlError};
pub use self::event::{Event, Transmit};
pub use self::filter::{Filter, Pattern, PatternError};
pub use self::log::{DedupeLog, LogLine};
pub use self::outcome::Outcome;
pub use self::reply::{Refusal, Reply};
pub use self::request::{Admission, Head, admit};
pub use self::retry::RetrySchedule;
pub use self::waiting::Waiting;
