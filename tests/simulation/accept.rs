//! The objects, as the Worker and each other see them.

use std::rc::Rc;

use countersign::gateway::inbox::{Acceptance, Body, Entry, Hearsay, Layouts, Step};
use countersign::gateway::{Config, Mode};

use crate::original::Message;
use crate::platform::Turn;
use crate::world::{Happening, World};

impl World {
    /// A request is at its object, or what the object has asked for is there.
    pub(crate) fn reach(&mut self, id: u64) {
        let request = &self.requests[&id];
        let (entry, body) = (request.entry.clone().unwrap(), request.body.clone());
        let hearsay = request.hearsay.clone();
        let name = self.object_name(entry.shard());
        let turn = self.take_in(&name, request.sender.original(), &entry, &body, &hearsay);
        let lives = self.object(&name).lives;
        self.requests.get_mut(&id).unwrap().home = (name.clone(), lives);
        match turn {
            Turn::Done(step) => self.go_on(id, &name, step),
            Turn::Failed | Turn::Crashed { .. } => self.soon(Happening::Fail(id)),
        }
    }

    /// The turn in which an event is taken in. The alarm is armed before anything is written.
    fn take_in(
        &mut self,
        name: &str,
        original: Option<usize>,
        entry: &Entry,
        body: &Body<Vec<u8>>,
        hearsay: &Hearsay,
    ) -> Turn<Step> {
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        let storage = self.object(name).storage.clone();
        let before = self.observer.look_up(&storage, original);
        let is_marked = original.is_some_and(|original| self.is_marked(original));
        let mut step = None;
        let turn = self.turn(name, |life, storage| {
            let source = Self::source_of(&config);
            if life.pump.is_none()
                && let Some(at) = life.inbox.poll_arm(source, life.armed, wall)?
            {
                storage.set_alarm(Some(at.as_millis()));
                life.armed = Some(at);
            }
            step = Some(life.inbox.handle_accept(source, entry, body, hearsay, wall)?);
            Ok(step.clone().unwrap())
        });
        if let (true, Some(Step::Done(acceptance))) = (turn.is_durable(), &step) {
            let after = self.observer.look_up(&storage, original);
            self.observer.judge_acceptance(
                name,
                original,
                is_marked,
                [&before, &after],
                acceptance,
            );
        }
        self.observer.note_stored(name, &storage);
        turn
    }

    fn go_on(&mut self, id: u64, name: &str, step: Step) {
        self.observer.say(|| format!("{name}: {step:?}"));
        match step {
            Step::Done(acceptance) => {
                self.accepted(id, &acceptance);
                self.wake_pump(name);
            }
            Step::AskFirstShard => self.soon(Happening::ReachFirst(id)),
            Step::AskShard(shard) => self.soon(Happening::ReachEarlier { request: id, shard }),
            Step::AskStore(key) => {
                let seen = Some(self.seen(&key));
                let hearsay = Hearsay { seen, ..self.requests[&id].hearsay.clone() };
                self.soon(Happening::Hear { request: id, hearsay });
            }
        }
    }

    /// The first shard is asked for the layouts.
    pub(crate) fn reach_first(&mut self, id: u64) {
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        let Mode::Inbox(settings) = Self::source_of(&config).mode() else { unreachable!() };
        let turn = self
            .turn(&self.object_name(0), |life, _| life.inbox.handle_layout(settings.shards, wall));
        match turn {
            Turn::Done(layouts) => {
                let layouts = Layouts::parse(&layouts.to_json());
                let hearsay = Hearsay { layouts, ..self.requests[&id].hearsay.clone() };
                self.soon(Happening::Hear { request: id, hearsay });
            }
            Turn::Failed | Turn::Crashed { .. } => self.soon(Happening::Fail(id)),
        }
    }

    /// A shard that the event may have belonged to is asked to take it if it knows it.
    pub(crate) fn reach_earlier(&mut self, id: u64, shard: u32) {
        self.observer.tally.note("an earlier shard is asked");
        let request = &self.requests[&id];
        let entry = request.entry.clone().unwrap().only_if_known();
        let (body, original) = (request.body.clone(), request.sender.original());
        let name = self.object_name(shard);
        match self.take_in(&name, original, &entry, &body, &Hearsay::default()) {
            Turn::Done(Step::Done(Acceptance::Unknown)) => {
                let mut hearsay = self.requests[&id].hearsay.clone();
                hearsay.asked.push(shard);
                self.soon(Happening::Hear { request: id, hearsay });
            }
            Turn::Done(Step::Done(acceptance)) => {
                self.accepted(id, &acceptance);
                self.wake_pump(&name);
            }
            Turn::Done(step) => self.observer.violate("who is asked does not ask", step),
            Turn::Failed | Turn::Crashed { .. } => self.soon(Happening::Fail(id)),
        }
    }

    /// The object that has asked goes on, if it still lives.
    pub(crate) fn hear(&mut self, id: u64, hearsay: Hearsay) {
        let (name, life) = self.requests[&id].home.clone();
        if self.object(&name).lives != life {
            return self.fail(id);
        }
        self.requests.get_mut(&id).unwrap().hearsay = hearsay;
        self.reach(id);
    }

    /// For a bug: an event that nobody has verified is stored.
    pub(crate) fn store_unasked(&mut self, id: u64, entry: Entry, message: &Message) {
        let (wall, config) = (self.wall(), Rc::clone(&self.config));
        if !is_inbox(&config) {
            return;
        }
        let body = Body::Here(message.body.to_vec());
        let seen = Some(None);
        let hearsay = Hearsay { seen, ..self.requests[&id].hearsay.clone() };
        let name = self.object_name(entry.shard());
        self.turn(&name, |life, storage| {
            storage.set_alarm(Some(wall.as_millis()));
            life.inbox.handle_accept(Self::source_of(&config), &entry, &body, &hearsay, wall)
        });
        let storage = self.object(&name).storage.clone();
        self.observer.note_stored(&name, &storage);
    }
}

fn is_inbox(config: &Config) -> bool {
    matches!(World::source_of(config).mode(), Mode::Inbox(_))
}
