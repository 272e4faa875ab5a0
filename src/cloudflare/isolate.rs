use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use worker::{Env, console_error, console_log, console_warn};

use crate::gateway::{Claim, Config, Event, InFlight};
use crate::time::UnixTime;

/// What the requests of one isolate share. Nothing in it has to survive: what counts is in the
/// store, or with the provider.
#[derive(Debug)]
pub(super) struct Isolate {
    pub(super) config: Config,
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
                Rc::new(Self { config, in_flight: RefCell::default() })
            });
            Rc::clone(isolate)
        })
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

/// Writes a line where the dashboard shows it at its level.
pub(super) fn write_log(level: &str, line: &str) {
    match level {
        "error" => console_error!("{line}"),
        "warn" => console_warn!("{line}"),
        _ => console_log!("{line}"),
    }
}
