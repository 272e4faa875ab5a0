use std::cell::RefCell;
use std::time::Duration;

use js_sys::{Array, Function, Promise};
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
    let mut timer = None;
    let timeout =
        Promise::new(&mut |resolve, _| timer = Some(Timer::start(limit, &resolve, &late)));
    match JsFuture::from(Promise::race(&Array::of2(promise, &timeout))).await {
        Ok(value) if value == late => None,
        result => Some(result),
    }
}

/// Waits for so long. Fails at once if the platform gives no timer.
pub(super) async fn sleep(time: Duration) -> Result<(), JsValue> {
    let mut started = Ok(0);
    let waiting = Promise::new(&mut |resolve, _| {
        started = set_timeout(time, &resolve, &JsValue::UNDEFINED);
    });
    started?;
    JsFuture::from(waiting).await.map(drop)
}

/// A moment that several wait for: they carry on in one turn, so that what they write becomes
/// durable together.
#[derive(Debug, Default)]
pub(super) struct Turn(RefCell<Option<Promise>>);

impl Turn {
    pub(super) async fn wait(&self) {
        let next = self.0.borrow_mut().get_or_insert_with(soon).clone();
        // It is never rejected.
        let _waited = JsFuture::from(next).await;
        self.0.take();
    }
}

/// As soon as the runtime has taken in what has arrived.
fn soon() -> Promise {
    Promise::new(&mut |resolve, _| {
        let timer = global().set_timeout_with_callback(&resolve);
        if timer.is_err() {
            // Then it is at once.
            let _resolved = resolve.call0(&JsValue::UNDEFINED);
        }
    })
}

/// Calls a function later, unless it is dropped before. For a request: what outlives it is gone with
/// its request.
#[derive(Debug)]
pub(super) struct Timer(Option<i32>);

impl Timer {
    pub(super) fn start(limit: Duration, callback: &Function, argument: &JsValue) -> Self {
        // Without a timer, what it is for is not limited.
        Self(set_timeout(limit, callback, argument).ok())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(handle) = self.0 {
            global().clear_timeout_with_handle(handle);
        }
    }
}

fn set_timeout(limit: Duration, callback: &Function, argument: &JsValue) -> Result<i32, JsValue> {
    let millis = i32::try_from(millis(limit)).unwrap_or(i32::MAX);
    let arguments = Array::of1(argument);
    global().set_timeout_with_callback_and_timeout_and_arguments(callback, millis, &arguments)
}
