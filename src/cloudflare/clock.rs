use std::time::Duration;

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::global::global;
use crate::time::{UnixTime, millis};

/// The only clock. In production it stands still while a request computes, and moves with I/O.
#[expect(clippy::disallowed_methods, reason = "adapters are where time comes from")]
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number")]
pub(super) fn now() -> UnixTime {
    UnixTime::from_millis(js_sys::Date::now() as i64)
}

/// What a promise settles to, or `None` if it takes longer than `limit`.
pub(super) async fn within(limit: Duration, promise: &Promise) -> Option<Result<JsValue, JsValue>> {
    let late = JsValue::symbol(None);
    let timer = Promise::new(&mut |resolve, _| {
        let millis = i32::try_from(millis(limit)).unwrap_or(i32::MAX);
        let arguments = Array::of1(&late);
        // Without a timer the promise alone decides.
        let _timer = global()
            .set_timeout_with_callback_and_timeout_and_arguments(&resolve, millis, &arguments);
    });
    match JsFuture::from(Promise::race(&Array::of2(promise, &timer))).await {
        Ok(value) if value == late => None,
        result => Some(result),
    }
}
