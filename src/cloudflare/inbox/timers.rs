use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::cloudflare::clock;
use crate::time::{UnixTime, millis};

/// Calls functions later. All of a Durable Object's share a few timers of the platform, and none of
/// those is ever cleared: of one that is, workerd keeps some 300 bytes for as long as the object
/// lives (`cargo xtask bench inbox platform`).
#[derive(Debug, Default)]
pub(super) struct Timers {
    calls: RefCell<Vec<Call>>,
    count: Cell<u64>,
    /// When the next of the platform's timers goes off.
    wakes_at: Cell<Option<UnixTime>>,
}

#[derive(Debug)]
struct Call {
    number: u64,
    function: Function,
    at: UnixTime,
    /// How long it may wait at most.
    after: Duration,
}

impl Call {
    /// Whether its time has come, or was planned by a clock that has since been set back.
    fn is_due(&self, now: UnixTime) -> bool {
        let wait = self.at.millis_since(now);
        wait <= 0 || wait > millis(self.after)
    }
}

/// A function is called, unless this is dropped before.
#[derive(Debug)]
pub(super) struct Timer {
    timers: Rc<Timers>,
    number: u64,
}

/// A platform's timer that nobody needs any more keeps the object in memory for no longer.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

impl Timers {
    /// Calls a function after so long.
    pub(super) fn start(self: &Rc<Self>, after: Duration, function: Function) -> Timer {
        let number = self.count.get();
        self.count.set(number.wrapping_add(1));
        let at = clock::now().saturating_add(after);
        self.calls.borrow_mut().push(Call { number, function, at, after });
        self.watch();
        Timer { timers: Rc::clone(self), number }
    }

    /// Sees to it that it wakes when the next call is due, or sooner.
    fn watch(self: &Rc<Self>) {
        let Some(due_at) = self.calls.borrow().iter().map(|call| call.at).min() else { return };
        let now = clock::now();
        let wake_at = due_at.min(now.saturating_add(LONGEST_SLEEP));
        if self.wakes_at.get().is_some_and(|at| at <= wake_at) {
            return;
        }
        self.wakes_at.set(Some(wake_at));
        let timers = Rc::clone(self);
        let sleep = Duration::from_millis(wake_at.millis_since(now).max(0).unsigned_abs());
        spawn_local(async move {
            match clock::sleep(sleep).await {
                Ok(()) => timers.wake(wake_at),
                // The next one that is started tries it again.
                Err(_) => timers.wakes_at.set(None),
            }
        });
    }

    fn wake(self: &Rc<Self>, woken_at: UnixTime) {
        if self.wakes_at.get() == Some(woken_at) {
            self.wakes_at.set(None);
        }
        let now = clock::now();
        while let Some(call) = self.take_due(now) {
            // It resolves a promise or aborts a request: neither throws.
            let _called = call.function.call0(&JsValue::UNDEFINED);
        }
        self.watch();
    }

    fn take_due(&self, now: UnixTime) -> Option<Call> {
        let mut calls = self.calls.borrow_mut();
        let due = calls.iter().position(|call| call.is_due(now))?;
        Some(calls.swap_remove(due))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.timers.calls.borrow_mut().retain(|call| call.number != self.number);
    }
}
