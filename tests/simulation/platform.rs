//! What the platform does with objects: turns, crashes, alarms.

use countersign::gateway::inbox::{Inbox, SqlError};

use crate::faults::Fault;
use crate::object::{Life, Object};
use crate::storage::{End, Storage};
use crate::time::SECOND;
use crate::world::{Happening, World};

/// What came of a turn.
#[derive(Debug)]
pub(crate) enum Turn<T> {
    Done(T),
    /// A statement failed. What was written before is durable.
    Failed,
    /// The object is gone.
    Crashed {
        is_durable: bool,
    },
}

impl<T> Turn<T> {
    /// Whether what was written stays.
    pub(crate) const fn is_durable(&self) -> bool {
        !matches!(self, Self::Crashed { is_durable: false })
    }
}

impl World {
    pub(crate) fn object_name(&self, shard: u32) -> String {
        format!("{}/{shard}", self.scenario.scheme.name)
    }

    pub(crate) fn object(&mut self, name: &str) -> &mut Object {
        if !self.objects.contains_key(name) {
            let is_new = self.objects.is_empty();
            let object = Object::new(Storage::new(&self.faults, is_new));
            self.objects.insert(name.to_owned(), object);
        }
        self.objects.get_mut(name).unwrap()
    }

    /// Runs the object's code from one `await` to the next. If it sleeps, it is woken.
    pub(crate) fn turn<T>(
        &mut self,
        name: &str,
        run: impl FnOnce(&mut Life, &Storage) -> Result<T, SqlError>,
    ) -> Turn<T> {
        let object = self.object(name);
        let storage = object.storage.clone();
        let life = object.life.take();
        storage.begin_turn();
        let (life, result) = live(life, &storage, run);
        if let Err(error) = &result
            && !storage.has_failed()
        {
            self.observer.violate("no statement fails by itself", error);
        }
        match storage.end_turn() {
            End::Durable => {
                self.object(name).life = life;
                self.plan_alarm(name);
                result.map_or(Turn::Failed, Turn::Done)
            }
            End::Struck { fault, is_durable } => {
                self.observer.say(|| format!("{name}: {fault:?}, durable: {is_durable}"));
                self.bury(name, fault);
                Turn::Crashed { is_durable }
            }
        }
    }

    /// Sets the alarm, and nothing else. False if the object did not survive it.
    pub(crate) fn rearm(&mut self, name: &str, at: i64) -> bool {
        let storage = self.object(name).storage.clone();
        storage.begin_turn();
        storage.set_alarm(Some(at));
        match storage.end_turn() {
            End::Durable => {
                self.plan_alarm(name);
                true
            }
            End::Struck { fault, .. } => {
                self.bury(name, fault);
                false
            }
        }
    }

    /// An object is gone, with all that it had in memory. A handler that was running starts again,
    /// unless it has set another alarm.
    pub(crate) fn bury(&mut self, name: &str, fault: Fault) {
        let wall = self.wall().as_millis();
        self.observer.note_crash(name);
        let object = self.object(name);
        object.life = None;
        object.lives += 1;
        object.planned = None;
        if let Some(retries) = object.handler.take()
            && object.storage.alarm().is_none()
        {
            let is_thrown = fault == Fault::Trap;
            object.throws = if is_thrown { retries + 1 } else { retries };
            if object.throws <= MOST_THROWS {
                object.storage.set_alarm(Some(wall + backoff(object.throws)));
            }
        }
        self.plan_alarm(name);
    }

    pub(crate) fn kill(&mut self, name: &str) {
        if self.object(name).life.is_some() {
            self.observer.say(|| format!("{name}: killed while it waits"));
            self.bury(name, Fault::Kill);
        }
    }

    pub(crate) fn kill_all(&mut self) {
        for name in self.objects.keys().cloned().collect::<Vec<_>>() {
            self.kill(&name);
        }
    }

    /// One process of them all, or all.
    pub(crate) fn kill_some(&mut self) {
        let names: Vec<_> = self.objects.keys().cloned().collect();
        if names.is_empty() || self.random.percent(30) {
            return self.kill_all();
        }
        let name = self.random.pick(&names).clone();
        self.kill(&name);
    }

    /// The handler of an alarm has ended well.
    pub(crate) fn end_handler(&mut self, name: &str) {
        let object = self.object(name);
        object.handler = None;
        object.throws = 0;
        object.planned = None;
        self.plan_alarm(name);
        // An alarm goes off at least once.
        if !self.is_calm && self.random.percent(2) {
            let object = name.to_owned();
            self.soon(Happening::AlarmAgain { object });
        }
    }

    /// It has thrown: it is tried again, six times at most, unless it has set another alarm.
    pub(crate) fn throw(&mut self, name: &str) {
        let wall = self.wall().as_millis();
        self.observer.say(|| format!("{name}: the alarm throws"));
        let object = self.object(name);
        object.handler = None;
        object.throws += 1;
        if object.storage.alarm().is_none() && object.throws <= MOST_THROWS {
            object.storage.set_alarm(Some(wall + backoff(object.throws)));
        }
        object.planned = None;
        self.plan_alarm(name);
    }

    pub(crate) fn plan_alarms_anew(&mut self) {
        for name in self.objects.keys().cloned().collect::<Vec<_>>() {
            self.object(&name).planned = None;
            self.plan_alarm(&name);
        }
    }

    /// Puts the alarm that is on disk on the agenda, if it is not there yet.
    pub(crate) fn plan_alarm(&mut self, name: &str) {
        let (offset, now) = (self.offset, self.now);
        let object = self.object(name);
        let alarm = object.storage.alarm();
        if alarm == object.planned {
            return;
        }
        object.planned = alarm;
        object.version += 1;
        let version = object.version;
        let Some(at) = alarm else { return };
        let late = if self.is_calm { 50 } else { self.scenario.weather.alarms_late };
        let late = self.random.between(0, late);
        let happening = Happening::Alarm { object: name.to_owned(), version };
        self.agenda.add((at - offset).max(now) + late, happening);
    }

    /// Starts the handler, unless the alarm was moved, or it is running still: then it has to
    /// wait.
    pub(crate) fn alarm(&mut self, name: &str, version: u64) {
        let object = self.object(name);
        if object.version != version || object.handler.is_some() {
            return;
        }
        object.storage.set_alarm(None);
        self.alarm_again(name);
    }

    /// Starts the handler, if it is not running.
    pub(crate) fn alarm_again(&mut self, name: &str) {
        let object = self.object(name);
        if object.handler.is_none() {
            object.handler = Some(object.throws);
            object.planned = None;
            self.pump_begins(name);
        }
    }
}

fn live<T>(
    life: Option<Life>,
    storage: &Storage,
    run: impl FnOnce(&mut Life, &Storage) -> Result<T, SqlError>,
) -> (Option<Life>, Result<T, SqlError>) {
    let life = life.map_or_else(|| Inbox::open(storage.clone()).map(Life::new), Ok);
    match life {
        Ok(mut life) => {
            let result = run(&mut life, storage);
            (Some(life), result)
        }
        Err(error) => (None, Err(error)),
    }
}

/// After so many it is gone.
const MOST_THROWS: u32 = 6;

const fn backoff(throws: u32) -> i64 {
    (2 * SECOND) << throws
}
