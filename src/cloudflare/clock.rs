use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::Delay;

use crate::time::UnixTime;

/// The only clock. In production it stands still while a request computes, and moves with I/O.
#[expect(clippy::disallowed_methods, reason = "adapters are where time comes from")]
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number")]
pub(super) fn now() -> UnixTime {
    UnixTime::from_millis(js_sys::Date::now() as i64)
}

/// What `future` yields, unless it takes longer than `limit`.
pub(super) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(Delay::from(limit))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
