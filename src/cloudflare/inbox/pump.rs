use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{ArrayBuffer, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::object::{Object, to_js};
use super::timers::{Timer, Timers};
use crate::cloudflare::bodies::Bodies;
use crate::cloudflare::destination::{self, Outbound};
use crate::cloudflare::isolate::write_log;
use crate::cloudflare::{clock, failure};
use crate::gateway::inbox::{Attempt, Body, Lease, Pause, Pump, SqlError};
use crate::gateway::{Outcome, Source};
use crate::time::UnixTime;

/// How often a shard looks whether its source is configured again.
const UNTIL_CONFIGURED: Duration = Duration::from_secs(3600);
/// How long a run waits that is woken by something else.
const UNTIL_WOKEN: Duration = Duration::from_secs(60);

/// What one alarm does, and what wakes it.
#[derive(Debug)]
pub(super) struct Run {
    pump: RefCell<Pump>,
    waker: RefCell<Option<Function>>,
}

impl Run {
    /// Lets it look again.
    pub(super) fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            // A promise's own function: it throws nothing.
            let _woken = waker.call0(&JsValue::UNDEFINED);
        }
    }

    async fn wait(&self, limit: Duration, timers: &Rc<Timers>) {
        let mut timer = None;
        let waiting = Promise::new(&mut |wake, _| {
            timer = Some(timers.start(limit, wake.clone()));
            self.waker.replace(Some(wake));
        });
        // It is never rejected.
        let _waited = JsFuture::from(waiting).await;
        self.waker.take();
    }
}

impl Object {
    /// Delivers what is due. `entry.js` has set the next alarm already, in case that this comes to
    /// no end.
    pub(super) async fn alarm(self: &Rc<Self>) -> Result<(), JsValue> {
        let pump = RefCell::new(Pump::new(clock::now()));
        let run = Rc::new(Run { pump, waker: RefCell::default() });
        self.run.replace(Some(Rc::clone(&run)));
        if let Err(error) = self.pump(&run).await {
            run.pump.borrow_mut().handle_failure();
            failure::record("alarm", &error.0);
        }
        if let Err(error) = self.prune().await {
            failure::record("prune", &failure::text(&error));
        }
        self.end(&run).await
    }

    async fn pump(self: &Rc<Self>, run: &Rc<Run>) -> Result<(), SqlError> {
        let Some(source) = self.source()? else { return Ok(()) };
        loop {
            self.start_due(source, run)?;
            match self.pause(source, run)? {
                Pause::For(time) => run.wait(time, &self.timers).await,
                Pause::UntilWoken => run.wait(UNTIL_WOKEN, &self.timers).await,
                Pause::Over => return Ok(()),
            }
        }
    }

    fn pause(&self, source: &Source, run: &Run) -> Result<Pause, SqlError> {
        let now = clock::now();
        let (mut pump, lanes) = (run.pump.borrow_mut(), self.lanes.borrow());
        let has_room = pump.has_room(&lanes, now);
        let next = if has_room { self.inbox()?.poll_timeout(source, now)? } else { None };
        Ok(pump.poll_pause(next, &lanes, now))
    }

    fn start_due(self: &Rc<Self>, source: &Source, run: &Rc<Run>) -> Result<(), SqlError> {
        loop {
            let now = clock::now();
            if !run.pump.borrow().has_room(&self.lanes.borrow(), now) {
                return Ok(());
            }
            let inbox = self.inbox()?;
            let lease = inbox.poll_transmit(source, &self.lanes.borrow(), now)?;
            while let Some(log) = inbox.poll_log() {
                write_log(log.level(), &log.to_json());
            }
            let Some(lease) = lease else { return Ok(()) };
            run.pump.borrow_mut().handle_send();
            self.lanes.borrow_mut().claim(&lease.destination);
            let object = Rc::clone(self);
            spawn_local(async move { object.send(&lease).await });
        }
    }

    async fn send(&self, lease: &Lease<ArrayBuffer>) {
        let outcome = self.deliver(lease).await;
        if let Err(error) = &outcome {
            failure::record("delivery", &error.0);
        }
        // What the platform does not let out, it may let out at the next alarm.
        let is_written = outcome.is_ok_and(|outcome| outcome != Outcome::Unsent);
        self.lanes.borrow_mut().release(&lease.destination);
        self.note_end(is_written);
    }

    /// Lets the run look again; it may be a later one than the one that has started the send.
    fn note_end(&self, is_written: bool) {
        if let Some(run) = &*self.run.borrow() {
            run.pump.borrow_mut().handle_end(is_written);
            return run.wake();
        }
        // Between two runs: what came of it may be due before the next one.
        if let Err(error) = self.arm(clock::now()) {
            failure::record("alarm", &failure::text(&error));
        }
    }

    async fn deliver(&self, lease: &Lease<ArrayBuffer>) -> Result<Outcome, SqlError> {
        let Some(source) = self.source()? else { return Ok(Outcome::Unsent) };
        let started_at = clock::now();
        let attempt = match self.outbound(source, lease).await {
            Ok((outbound, _deadline)) => {
                let attempt = destination::attempt(&outbound, started_at).await;
                self.turn.wait().await;
                attempt
            }
            Err(error) => Attempt {
                outcome: Outcome::Bodiless,
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
    ) -> Result<(Outbound, Timer), JsValue> {
        let body = match &lease.body {
            Body::Here(body) => body.clone(),
            Body::At(key) => Bodies::of(&self.env).ok_or("BODIES is not bound")?.get(key).await?,
        };
        // The copy is there to be signed, and goes before anything waits.
        let copy = js_sys::Uint8Array::new(&body).to_vec();
        let transmit = lease.transmit(source, &copy, clock::now());
        let transmit = transmit.ok_or("the destination is not configured")?;
        let outbound = Outbound::new(&transmit, &body)?;
        let deadline = self.timers.start(outbound.timeout, outbound.abort()?);
        Ok((outbound, deadline))
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
            Some(Pump::run_after_failure(now))
        });
        let is_set = match run.pump.borrow().next_run(next, now) {
            Some(next) => self.arm(next)?,
            None => self.disarm()?,
        };
        is_set.await.map(drop)
    }

    fn next(&self, now: UnixTime) -> Result<Option<UnixTime>, SqlError> {
        let inbox = self.inbox()?;
        match self.source()? {
            Some(source) => inbox.poll_timeout(source, now),
            // Without a source there has never been an event.
            None => Ok(inbox.source_name()?.map(|_| now.saturating_add(UNTIL_CONFIGURED))),
        }
    }
}
