use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use worker::{Env, console_error, console_log, console_warn};

use super::clock;
#[cfg(feature = "sabotage")]
use crate::gateway::Environment as _;
#[cfg(feature = "sabotage")]
use crate::gateway::sabotage::{Bug, turn_on};
use crate::gateway::{Claim, Config, Event, InFlight, Source};
use crate::time::UnixTime;

/// What the requests of one isolate share. Nothing in it has to survive: what counts is in the
/// store, or with the provider.
#[derive(Debug)]
pub(super) struct Isolate {
    pub(super) config: Config,
    pub(super) accepting: Accepting,
    in_flight: RefCell<InFlight>,
}

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

impl Isolate {
    /// This isolate. Its first request reads the configuration, and logs it with all mistakes.
    pub(super) fn of(env: &Env) -> Rc<Self> {
        ISOLATE.with(|isolate| {
            let isolate = isolate.get_or_init(|| {
                let config = Config::read(env);
                write_log(config.log_level(), &config.to_log());
                #[cfg(feature = "sabotage")]
                turn_on(bug(env));
                Rc::new(Self {
                    config,
                    accepting: Accepting::default(),
                    in_flight: RefCell::default(),
                })
            });
            Rc::clone(isolate)
        })
    }

    /// The source of this name, if it can serve.
    pub(super) fn source(&self, name: &str) -> Option<&Source> {
        self.config.source(name).flatten()
    }

    /// Claims an event for this request; `None` if its source does not dedupe.
    pub(super) fn claim(&self, event: &Event<'_>, now: UnixTime) -> Option<Claim> {
        let key = event.claim_key()?;
        Some(self.in_flight.borrow_mut().claim(&key, now, event.lease()))
    }

    /// Gives a claim back.
    pub(super) fn release(&self, claim: Option<Claim>) {
        if let Some(Claim::Granted(ticket)) = claim {
            self.in_flight.borrow_mut().release(ticket);
        }
    }
}

/// How many requests are waiting for the inbox. More than that would wait in vain.
#[derive(Debug, Default)]
pub(super) struct Accepting {
    count: Cell<u32>,
    moved_at: Cell<Option<UnixTime>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'i>(&'i Accepting);

const MOST_ACCEPTING: u32 = 512;
/// If none begins or ends for so long, in milliseconds, the runtime has cancelled them: it drops
/// nothing.
const LONGEST_ACCEPTING: i64 = 60_000;

impl Accepting {
    /// `None` if there are too many already.
    pub(super) fn enter(&self) -> Option<Pass<'_>> {
        let now = clock::now();
        let moved_at = self.moved_at.get().unwrap_or(now);
        let is_stuck = now.millis_since(moved_at) >= LONGEST_ACCEPTING;
        let count = if is_stuck { 0 } else { self.count.get() };
        if count >= MOST_ACCEPTING {
            return None;
        }
        self.count.set(count.saturating_add(1));
        self.moved_at.set(Some(now));
        Some(Pass(self))
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get().saturating_sub(1));
        self.0.moved_at.set(Some(clock::now()));
    }
}

/// The bug that the variable `SABOTAGE` names.
#[cfg(feature = "sabotage")]
fn bug(env: &Env) -> Option<Bug> {
    match env.text("SABOTAGE")?.as_str() {
        "acknowledge-before-store" => Some(Bug::AcknowledgeBeforeStore),
        "mark-before-send" => Some(Bug::MarkBeforeSend),
        "replay-resets-dedupe" => Some(Bug::ReplayResetsDedupe),
        _ => None,
    }
}

/// Writes a line where the dashboard shows it at its level.
pub(super) fn write_log(level: &str, line: &str) {
    match level {
        "error" => console_error!("{line}"),
        "warn" => console_warn!("{line}"),
        _ => console_log!("{line}"),
    }
}
