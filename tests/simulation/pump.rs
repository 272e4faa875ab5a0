//! The handler of an object's alarm: it leases what is due, sends it, and writes down what came of
//! it, several at once.

use std::rc::Rc;

use countersign::UnixTime;
use countersign::gateway::inbox::{Body, Inbox, Lease, Pause, Pump, SqlError};
use countersign::gateway::sabotage::{Bug, is_on};
use countersign::gateway::{Config, Outcome, Source};

use crate::object::Life;
use crate::platform::Turn;
use crate::storage::Storage;
use crate::time::{HOUR, SECOND};
use crate::world::{Happening, World};

/// After what is no fault of a delivery's.
const REST: i64 = 5 * SECOND;

impl World {
    /// The next alarm is set before anything is done, and without the database, so that a trap
    /// does not end it all.
    pub(crate) fn pump_begins(&mut self, name: &str) {
        let now = self.wall();
        let wall = now.as_millis();
        if !is_on(Bug::AlarmThrows) && !self.rearm(name, wall + 30 * SECOND) {
            return;
        }
        let turn = self.turn(name, |life, _| {
            life.pump = Some(Pump::new(now));
            Ok(())
        });
        match turn {
            Turn::Done(()) => self.pump(name),
            Turn::Failed if is_on(Bug::AlarmThrows) => self.throw(name),
            // The database can't be opened.
            Turn::Failed if self.rearm(name, wall + REST) => self.end_handler(name),
            _ => {}
        }
    }

    /// Leases what is due and sends it; then waits, or ends.
    pub(crate) fn pump(&mut self, name: &str) {
        if !self.object(name).is_pumping() {
            return;
        }
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        let mut leases = Vec::new();
        let turn = self.turn(name, |life, _| {
            let Some(source) = known_source(&life.inbox, &config)? else { return Ok(None) };
            start_due(life, source, wall, &mut leases)?;
            let Some(pump) = &mut life.pump else { return Ok(None) };
            let has_room = pump.has_room(&life.lanes, wall);
            let next = if has_room { life.inbox.poll_timeout(source, wall)? } else { None };
            Ok(Some(pump.poll_pause(next, &life.lanes, wall)))
        });
        if let Turn::Crashed { .. } = turn {
            for lease in leases.iter().filter(|_| turn.is_durable()) {
                self.note_lost(name, lease);
            }
            return;
        }
        for lease in leases {
            self.take_off(name, lease);
        }
        match turn {
            Turn::Done(Some(pause)) => self.pause(name, pause),
            Turn::Done(None) => self.end(name),
            _ => {
                self.pump_state(name).handle_failure();
                self.end(name);
            }
        }
    }

    /// A lease that nobody has any more: its request was never sent.
    fn note_lost(&mut self, name: &str, lease: &Lease<Vec<u8>>) {
        let body = match &lease.body {
            Body::Here(bytes) => bytes,
            Body::At(key) => match self.bodies.get(key) {
                Some(bytes) => bytes,
                None => return self.observer.violate("bodies are kept", key),
            },
        };
        let original = self.observer.original_with(body);
        self.observer.note_lease(name, None, lease, original);
    }

    fn pump_state(&mut self, name: &str) -> &mut Pump {
        self.object(name).life.as_mut().and_then(|life| life.pump.as_mut()).unwrap()
    }

    /// Waits, or leaves the rest to the next alarm.
    fn pause(&mut self, name: &str, pause: Pause) {
        let life = self.object(name).life.as_mut().unwrap();
        life.nudge += 1;
        let nudge = life.nudge;
        match pause {
            Pause::For(time) => {
                let object = name.to_owned();
                let wait = i64::try_from(time.as_millis()).unwrap();
                self.after(wait, Happening::Nudge { object, nudge });
            }
            Pause::UntilWoken => {}
            Pause::Over => self.end(name),
        }
    }

    pub(crate) fn nudge(&mut self, name: &str, nudge: u64) {
        if self.object(name).is_pumping() && self.object(name).life.as_ref().unwrap().nudge == nudge
        {
            self.pump(name);
        }
    }

    /// Something new has come in while the handler runs.
    pub(crate) fn wake_pump(&mut self, name: &str) {
        if self.object(name).is_pumping() {
            self.pump(name);
        }
    }

    /// What came of a lease is written down.
    pub(crate) fn settle(&mut self, flight: u64, name: &str, outcome: Outcome, began: UnixTime) {
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        let attempt = crate::send::attempt(outcome, began);
        let mut log = None;
        let turn = self.turn(name, |life, storage| {
            let lease = life.leases.remove(&flight).unwrap();
            let source = Self::source_of(&config);
            let written = life.inbox.handle_outcome(source, &lease, &attempt, wall);
            let is_written = written.is_ok() && outcome != Outcome::Unsent;
            life.lanes.release(&lease.destination);
            match &mut life.pump {
                Some(pump) => pump.handle_end(is_written),
                None => {
                    storage.set_alarm(Some(wall.as_millis()));
                    life.armed = Some(wall);
                }
            }
            log = Some(written?);
            Ok(())
        });
        let storage = self.object(name).storage.clone();
        if let (true, Some(log)) = (turn.is_durable(), log) {
            self.observer.note_outcome(flight, name, outcome, &log.to_json(), &storage);
        }
        if matches!(turn, Turn::Failed) {
            self.observer.note_mishap(name);
        }
        self.pump(name);
    }

    /// Forgets what is old, and sets the alarm in the turn in which it stops looking.
    fn end(&mut self, name: &str) {
        if !self.prune(name) {
            return;
        }
        if is_on(Bug::AlarmThrows) && self.is_failing(name) {
            self.object(name).life.as_mut().unwrap().pump = None;
            return self.throw(name);
        }
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        let turn = self.turn(name, |life, storage| {
            let pump = life.pump.take().unwrap();
            let next = next_alarm(&life.inbox, &config, wall);
            let next = next.unwrap_or_else(|_| Some(Pump::run_after_failure(wall)));
            life.armed = pump.next_run(next, wall);
            storage.set_alarm(life.armed.map(UnixTime::as_millis));
            Ok(())
        });
        if let Turn::Done(()) = turn {
            self.end_handler(name);
        }
    }

    /// False if the object did not survive it.
    fn prune(&mut self, name: &str) -> bool {
        let wall = self.wall();
        let storage = self.object(name).storage.clone();
        self.observer.note_pruning(name, &storage);
        match self.turn(name, |life, _| life.inbox.prune(wall)) {
            Turn::Done(keys) => {
                for key in keys {
                    self.bodies.remove(&key);
                }
                true
            }
            Turn::Failed => true,
            Turn::Crashed { .. } => false,
        }
    }

    /// For a bug: whether any delivery has failed and is not given up.
    fn is_failing(&mut self, name: &str) -> bool {
        let storage = self.object(name).storage.clone();
        let query = "SELECT 1 FROM delivery WHERE state = 'pending' AND failures > 0";
        !crate::observer::rows(&storage, query, &[]).is_empty()
    }

    /// The second net: an object whose alarm is lost gets another. One that has an alarm would do
    /// nothing, as a rule, and is left alone most of the time.
    pub(crate) fn cron(&mut self) {
        self.after(300 * SECOND, Happening::Cron);
        for name in self.objects.keys().cloned().collect::<Vec<_>>() {
            let object = self.object(&name);
            let is_fine = object.is_pumping() || object.storage.alarm().is_some();
            if !is_fine || self.random.percent(1) {
                self.sweep(&name);
            }
        }
    }

    fn sweep(&mut self, name: &str) {
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        self.turn(name, |life, storage| {
            let Some(source) = known_source(&life.inbox, &config)? else { return Ok(()) };
            let next = life.inbox.poll_timeout(source, wall)?.map(UnixTime::as_millis);
            let is_late = next.is_some_and(|next| storage.alarm().is_none_or(|at| next < at));
            if is_late && life.pump.is_none() {
                storage.set_alarm(next);
            }
            Ok(())
        });
    }
}

fn start_due(
    life: &mut Life,
    source: &Source,
    wall: UnixTime,
    leases: &mut Vec<Lease<Vec<u8>>>,
) -> Result<(), SqlError> {
    let Some(pump) = &mut life.pump else { return Ok(()) };
    while pump.has_room(&life.lanes, wall) {
        let Some(lease) = life.inbox.poll_transmit(source, &life.lanes, wall)? else { break };
        life.lanes.claim(&lease.destination);
        pump.handle_send();
        leases.push(lease);
    }
    Ok(())
}

/// The source whose events are here, by what the object remembers.
fn known_source<'c>(
    inbox: &Inbox<Storage>,
    config: &'c Config,
) -> Result<Option<&'c Source>, SqlError> {
    let name = inbox.source_name()?;
    Ok(name.and_then(|name| config.source(&name)).flatten())
}

fn next_alarm(
    inbox: &Inbox<Storage>,
    config: &Config,
    wall: UnixTime,
) -> Result<Option<UnixTime>, SqlError> {
    match known_source(inbox, config)? {
        Some(source) => inbox.poll_timeout(source, wall),
        None => Ok(Some(UnixTime::from_millis(wall.as_millis() + HOUR))),
    }
}
