use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::object::{Object, to_js};
use crate::cloudflare::bodies::Bodies;
use crate::cloudflare::destination::{self, Outbound};
use crate::cloudflare::isolate::write_log;
use crate::cloudflare::{clock, failure};
use crate::gateway::inbox::{Attempt, Body, Lanes, Lease, SqlError};
use crate::gateway::{Outcome, Source};
use crate::time::UnixTime;

/// How many sends one alarm makes at most: the platform limits what one of them may do.
const MOST_SENDS: u32 = 1000;
/// For how long it makes them, in milliseconds.
const LONGEST: i64 = 60_000;
/// What is due so soon, in milliseconds, is waited for: an alarm of its own would be slower.
const SOON: i64 = 200;
/// After what is no fault of a delivery's.
const REST: Duration = Duration::from_secs(5);
/// How often a shard looks whether its source is configured again.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What one alarm does, and what it is waiting for.
#[derive(Debug)]
pub(super) struct Run {
    lanes: RefCell<Lanes>,
    started_at: UnixTime,
    /// How many sends it has started.
    sends: Cell<u32>,
    /// How many of them have got out, and are written down.
    successes: Cell<u32>,
    /// Nothing more is started.
    has_failed: Cell<bool>,
    waker: RefCell<Option<Function>>,
}

impl Run {
    fn new(started_at: UnixTime) -> Self {
        Self {
            lanes: RefCell::default(),
            started_at,
            sends: Cell::default(),
            successes: Cell::default(),
            has_failed: Cell::default(),
            waker: RefCell::default(),
        }
    }

    /// Lets it look again.
    pub(super) fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            // A promise's own function: it throws nothing.
            let _woken = waker.call0(&JsValue::UNDEFINED);
        }
    }

    async fn wait(&self, limit: Duration) {
        clock::until(limit, |waker| {
            self.waker.replace(Some(waker));
        })
        .await;
        self.waker.take();
    }

    fn is_busy(&self) -> bool {
        !self.lanes.borrow().is_empty()
    }

    fn has_room(&self, now: UnixTime) -> bool {
        let is_over = self.has_failed.get()
            || self.sends.get() >= MOST_SENDS
            || now.millis_since(self.started_at) >= LONGEST;
        !is_over && !self.lanes.borrow().is_full()
    }

    fn claim(&self, destination: &str) {
        self.lanes.borrow_mut().claim(destination);
        self.sends.set(self.sends.get().saturating_add(1));
    }

    fn release(&self, destination: &str, is_success: bool) {
        if is_success {
            self.successes.set(self.successes.get().saturating_add(1));
        } else {
            self.has_failed.set(true);
        }
        self.lanes.borrow_mut().release(destination);
        self.wake();
    }

    /// For how long to wait before looking again; `None` if the rest is for the next alarm. What
    /// is due and was not started has no room, or is no longer this alarm's.
    fn pause(&self, next: Option<UnixTime>, now: UnixTime) -> Option<Duration> {
        let until_next = next.map(|next| next.millis_since(now)).filter(|millis| *millis > 0);
        let millis = if self.is_busy() {
            until_next.unwrap_or(SOON)
        } else {
            until_next.filter(|millis| *millis <= SOON && self.has_room(now))?
        };
        Some(Duration::from_millis(millis.min(LONGEST).unsigned_abs()))
    }

    /// When the next alarm may be at the earliest. One that came to nothing is not followed by
    /// another at once.
    fn earliest(&self, now: UnixTime) -> UnixTime {
        match (self.successes.get(), self.has_failed.get()) {
            (0, true) => now.saturating_add(REST),
            (0, false) => now.saturating_add(Duration::from_secs(1)),
            _ => now,
        }
    }
}

impl Object {
    /// Delivers what is due. `entry.js` has set the next alarm already, in case that this comes to
    /// no end.
    pub(super) async fn alarm(self: &Rc<Self>) -> Result<(), JsValue> {
        let run = Rc::new(Run::new(clock::now()));
        self.run.replace(Some(Rc::clone(&run)));
        if let Err(error) = self.pump(&run).await {
            run.has_failed.set(true);
            failure::record("alarm", &error.0);
        }
        while run.is_busy() {
            run.wait(REST).await;
        }
        if let Err(error) = self.prune().await {
            failure::record("prune", &failure::text(&error));
        }
        self.end(&run).await
    }

    async fn pump(self: &Rc<Self>, run: &Rc<Run>) -> Result<(), SqlError> {
        let Some(source) = self.source()? else { return Ok(()) };
        let mut is_idle = false;
        loop {
            let sends = run.sends.get();
            self.start_due(source, run)?;
            // It has waited for something that has not come: a clock stands still.
            if is_idle && sends == run.sends.get() {
                return Ok(());
            }
            let now = clock::now();
            let next =
                if run.has_room(now) { self.inbox()?.poll_timeout(source, now)? } else { None };
            is_idle = !run.is_busy();
            match run.pause(next, now) {
                Some(pause) => run.wait(pause).await,
                None => return Ok(()),
            }
        }
    }

    fn start_due(self: &Rc<Self>, source: &Source, run: &Rc<Run>) -> Result<(), SqlError> {
        loop {
            let now = clock::now();
            if !run.has_room(now) {
                return Ok(());
            }
            let inbox = self.inbox()?;
            let lease = inbox.poll_transmit(source, &run.lanes.borrow(), now)?;
            while let Some(log) = inbox.poll_log() {
                write_log(log.level(), &log.to_json());
            }
            let Some(lease) = lease else { return Ok(()) };
            run.claim(&lease.destination);
            let (object, run) = (Rc::clone(self), Rc::clone(run));
            spawn_local(async move { object.send(&run, &lease).await });
        }
    }

    async fn send(&self, run: &Run, lease: &Lease<ArrayBuffer>) {
        let outcome = self.deliver(lease).await;
        if let Err(error) = &outcome {
            failure::record("delivery", &error.0);
        }
        // What the platform does not let out, it may let out at the next alarm.
        let is_success = outcome.is_ok_and(|outcome| outcome != Outcome::Unsent);
        run.release(&lease.destination, is_success);
    }

    async fn deliver(&self, lease: &Lease<ArrayBuffer>) -> Result<Outcome, SqlError> {
        let Some(source) = self.source()? else { return Ok(Outcome::Unsent) };
        let started_at = clock::now();
        let attempt = match self.outbound(source, lease).await {
            Ok(outbound) => {
                let attempt = destination::attempt(&outbound, started_at).await;
                self.turn.wait().await;
                attempt
            }
            Err(error) => Attempt {
                outcome: Outcome::Unreachable,
                started_at,
                answer: String::new(),
                error: Some(failure::text(&error)),
            },
        };
        let log = self.inbox()?.handle_outcome(source, lease, &attempt, clock::now())?;
        write_log(log.level(), &log.to_json());
        Ok(attempt.outcome)
    }

    async fn outbound(
        &self,
        source: &Source,
        lease: &Lease<ArrayBuffer>,
    ) -> Result<Outbound, JsValue> {
        let body = match &lease.body {
            Body::Here(body) => body.clone(),
            Body::At(key) => Bodies::of(&self.env).ok_or("BODIES is not bound")?.get(key).await?,
        };
        // The copy is there to be signed, and goes before anything waits.
        let copy = js_sys::Uint8Array::new(&body).to_vec();
        let transmit = lease.transmit(source, &copy, clock::now());
        let transmit = transmit.ok_or("the destination is not configured")?;
        Outbound::new(&transmit, &body)
    }

    /// Forgets some of what is past its retention.
    async fn prune(&self) -> Result<(), JsValue> {
        let keys = self.inbox().and_then(|inbox| inbox.prune(clock::now())).map_err(to_js)?;
        match Bodies::of(&self.env) {
            Some(bodies) if !keys.is_empty() => bodies.delete(&keys).await,
            _ => Ok(()),
        }
    }

    /// The alarm is set in the same turn in which this run stops looking: nothing that comes in
    /// falls in between.
    async fn end(&self, run: &Run) -> Result<(), JsValue> {
        let now = clock::now();
        self.run.take();
        let next = self.next(now).unwrap_or_else(|error| {
            failure::record("alarm", &error.0);
            Some(now.saturating_add(REST))
        });
        let is_set = match next {
            Some(next) => self.arm(next.max(run.earliest(now)))?,
            None => self.disarm()?,
        };
        is_set.await.map(drop)
    }

    fn next(&self, now: UnixTime) -> Result<Option<UnixTime>, SqlError> {
        let inbox = self.inbox()?;
        match self.source()? {
            Some(source) => inbox.poll_timeout(source, now),
            // Without a source there has never been an event.
            None => Ok(inbox.source_name()?.map(|_| now.saturating_add(PATIENCE))),
        }
    }
}
