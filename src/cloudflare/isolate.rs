use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use worker::{Env, console_error, console_log, console_warn};

use super::clock;
#[cfg(feature = "sabotage")]
use crate::gateway::Environment as _;
#[cfg(feature = "sabotage")]
use crate::gateway::sabotage::{Bug, turn_on};
use crate::gateway::{Claim, Config, Event, InFlight, Source, Waiting};
use crate::time::UnixTime;

/// What the requests of one isolate share. Nothing in it has to survive: what counts is in the
/// store, or with the provider.
#[derive(Debug)]
pub(super) struct Isolate {
    pub(super) config: Config,
    in_flight: RefCell<InFlight>,
    waiting: RefCell<Waiting>,
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
                Rc::new(Self { config, in_flight: RefCell::default(), waiting: RefCell::default() })
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

    /// Lets a request wait for the inbox; `None` if too many do already.
    pub(super) fn enter(&self) -> Option<Pass<'_>> {
        self.waiting.borrow_mut().enter(clock::now()).then(|| Pass(&self.waiting))
    }

    /// Gives a claim back.
    pub(super) fn release(&self, claim: Option<Claim>) {
        if let Some(Claim::Granted(ticket)) = claim {
            self.in_flight.borrow_mut().release(ticket);
        }
    }
}

/// A request that waits for the inbox, until it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'i>(&'i RefCell<Waiting>);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().leave(clock::now());
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
