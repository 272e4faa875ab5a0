//! The handler of an object's alarm: it leases what is due, sends it, and writes down what came of
//! it, several at once.

use std::rc::Rc;

use countersign::UnixTime;
use countersign::gateway::inbox::{Body, Inbox, Lease, SqlError};
use countersign::gateway::sabotage::{Bug, is_on};
use countersign::gateway::{Config, Outcome, Source};

use crate::object::{Life, Pump};
use crate::platform::Turn;
use crate::storage::Storage;
use crate::time::{HOUR, SECOND};
use crate::world::{Happening, World};

/// How many sends one alarm makes at most.
const MOST_SENDS: u32 = 1000;
/// For how long it makes them.
const LONGEST: i64 = 60 * SECOND;
/// What is due so soon is waited for.
const SOON: i64 = SECOND;
/// After what is no fault of a delivery's.
const REST: i64 = 5 * SECOND;

impl World {
    /// The next alarm is set before anything is done, and without the database, so that a trap
    /// does not end it all.
    pub(crate) fn pump_begins(&mut self, name: &str) {
        let wall = self.wall().as_millis();
        if !is_on(Bug::AlarmThrows) && !self.rearm(name, wall + 30 * SECOND) {
            return;
        }
        let turn = self.turn(name, |life, _| {
            life.pump = Some(Pump::new(wall));
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
            life.inbox.poll_timeout(source, wall).map(Some)
        });
        if let Turn::Crashed { .. } = turn {
            for lease in leases.iter().filter(|_| turn.is_durable()) {
                self.note_lost(name, lease);
            }
            return;
        }
        let sent = leases.len();
        for lease in leases {
            self.take_off(name, lease);
        }
        match turn {
            Turn::Done(Some(next)) => self.pause(name, sent, next),
            Turn::Done(None) => self.end_if_idle(name),
            _ => {
                self.pump_state(name).has_failed = true;
                self.end_if_idle(name);
            }
        }
    }

    /// A lease that nobody has any more: its request was never sent.
    fn note_lost(&mut self, name: &str, lease: &Lease<Vec<u8>>) {
        let body = match &lease.body {
            Body::Here(bytes) => bytes,
            Body::At(key) => &self.bodies[key],
        };
        let original = self.observer.original_with(body);
        self.observer.note_lease(name, None, lease, original);
    }

    fn pump_state(&mut self, name: &str) -> &mut Pump {
        self.object(name).life.as_mut().and_then(|life| life.pump.as_mut()).unwrap()
    }

    /// Waits for what is under way or due soon, or leaves the rest to the next alarm.
    fn pause(&mut self, name: &str, sent: usize, next: Option<UnixTime>) {
        let wall = self.wall();
        let is_busy = self.is_busy(name);
        let pump = self.pump_state(name);
        pump.nudge += 1;
        let was_idle = std::mem::replace(&mut pump.is_idle, !is_busy);
        let (nudge, has_room) = (pump.nudge, pump.has_room(wall));
        let until_next = next.map(|next| next.millis_since(wall)).filter(|wait| *wait > 0);
        let wait = until_next.filter(|wait| is_busy || *wait <= SOON && has_room);
        match wait {
            _ if !is_busy && was_idle && sent == 0 => self.end(name),
            Some(wait) => {
                let object = name.to_owned();
                self.after(wait, Happening::Nudge { object, nudge });
            }
            None => self.end_if_idle(name),
        }
    }

    pub(crate) fn nudge(&mut self, name: &str, nudge: u64) {
        if self.object(name).is_pumping() && self.pump_state(name).nudge == nudge {
            self.pump(name);
        }
    }

    /// Something new has come in while the handler runs.
    pub(crate) fn wake_pump(&mut self, name: &str) {
        if self.object(name).is_pumping() && !self.pump_state(name).has_failed {
            self.pump(name);
        }
    }

    fn is_busy(&mut self, name: &str) -> bool {
        self.object(name).life.as_ref().is_some_and(|life| !life.lanes.is_empty())
    }

    fn end_if_idle(&mut self, name: &str) {
        if !self.is_busy(name) {
            self.end(name);
        }
    }

    /// What came of a lease is written down.
    pub(crate) fn settle(&mut self, flight: u64, name: &str, outcome: Outcome, began: UnixTime) {
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        let attempt = crate::send::attempt(outcome, began);
        let mut log = None;
        let turn = self.turn(name, |life, _| {
            let lease = life.leases.remove(&flight).unwrap();
            life.lanes.release(&lease.destination);
            let source = World::source_of(&config);
            log = Some(life.inbox.handle_outcome(source, &lease, &attempt, wall)?);
            Ok(())
        });
        let storage = self.object(name).storage.clone();
        if let (true, Some(log)) = (turn.is_durable(), log) {
            self.observer.note_outcome(flight, name, outcome, &log.to_json(), &storage);
        }
        let has_failed = matches!(turn, Turn::Failed);
        if has_failed {
            self.observer.note_mishap(name);
        }
        if has_failed || outcome == Outcome::Unsent {
            self.fail_pump(name);
        }
        self.pump(name);
    }

    fn fail_pump(&mut self, name: &str) {
        if self.object(name).is_pumping() {
            self.pump_state(name).has_failed = true;
        }
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
            let rest = wall.as_millis() + REST;
            let next = next.unwrap_or(Some(rest));
            storage.set_alarm(next.map(|next| next.max(pump.earliest(wall))));
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

impl Pump {
    const fn new(wall: i64) -> Self {
        Self { started_at: wall, sends: 0, has_failed: false, is_idle: false, nudge: 0 }
    }

    fn has_room(&self, wall: UnixTime) -> bool {
        let is_over = self.has_failed
            || self.sends >= MOST_SENDS
            || wall.as_millis() - self.started_at >= LONGEST;
        !is_over
    }

    const fn earliest(&self, wall: UnixTime) -> i64 {
        match (self.has_failed, self.sends) {
            (true, _) => wall.as_millis() + REST,
            (false, 0) => wall.as_millis() + SECOND,
            (false, _) => wall.as_millis(),
        }
    }
}

fn start_due(
    life: &mut Life,
    source: &Source,
    wall: UnixTime,
    leases: &mut Vec<Lease<Vec<u8>>>,
) -> Result<(), SqlError> {
    let Some(pump) = &mut life.pump else { return Ok(()) };
    while pump.has_room(wall) && !life.lanes.is_full() {
        let Some(lease) = life.inbox.poll_transmit(source, &life.lanes, wall)? else { break };
        life.lanes.claim(&lease.destination);
        pump.sends += 1;
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
) -> Result<Option<i64>, SqlError> {
    match known_source(inbox, config)? {
        Some(source) => Ok(inbox.poll_timeout(source, wall)?.map(UnixTime::as_millis)),
        None => Ok(Some(wall.as_millis() + HOUR)),
    }
}
