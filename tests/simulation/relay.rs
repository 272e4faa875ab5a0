//! Relay mode, which a source may come from: it forwards while the provider waits, and marks what
//! was delivered.

use std::rc::Rc;

use countersign::gateway::{Claim, Decision, Outcome, Reply, Seen};

use crate::request::with_event;
use crate::send::From;
use crate::time::SECOND;
use crate::world::World;

impl World {
    pub(crate) fn relay(&mut self, id: u64) {
        let (config, wall) = (Rc::clone(&self.config), self.wall());
        let message = self.requests[&id].message.clone();
        let source = Self::source_of(&config);
        let sent = with_event(source, &message, wall, |event| {
            let key = event.claim_key().unwrap();
            if self.isolate.claim(&key, wall, event.lease()) == Claim::Taken {
                return Err(409);
            }
            let seen = self.seen(&event.store_key().unwrap());
            let decision = event.judge(seen.as_ref(), wall);
            if let Decision::Duplicate { first_seen, replay_from } = decision {
                return Err(Reply::duplicate(&event.id(), first_seen, replay_from).status);
            }
            let content_type = message.header("content-type");
            let transmit = event.transmit(&decision, content_type.as_deref(), wall);
            Ok(self.send(From::Relay(id), &transmit, true))
        });
        if let Err(status) = sent.unwrap() {
            self.reply(id, status);
        }
    }

    /// Marks what the destination has accepted, and answers.
    pub(crate) fn relayed(&mut self, id: u64, outcome: Outcome) {
        // The request was verified when it came; it is not judged by a clock that has jumped since.
        let (config, wall) = (Rc::clone(&self.config), self.wall());
        let Request { message, received_at, .. } = self.requests[&id].clone();
        let source = Self::source_of(&config);
        let status = with_event(source, &message, received_at, |event| {
            let seen = self.seen(&event.store_key().unwrap());
            let decision = event.judge(seen.as_ref(), wall);
            if outcome.is_delivered()
                && let Some(mark) = event.mark(seen, &decision, wall)
            {
                let ttl = i64::try_from(mark.ttl_seconds).unwrap() * SECOND;
                self.marks.insert(mark.key.clone(), (mark, self.now + ttl));
            }
            Reply::outcome(&event.id(), &decision, outcome).status
        });
        self.reply(id, status.unwrap());
    }

    /// Whether relay mode has delivered this event in these words, and remembers it.
    pub(crate) fn is_marked(&self, original: usize) -> bool {
        let Some((key, variant)) = self.observer.identity_of(original) else { return false };
        let key = format!("seen/{}/{key}", self.scenario.scheme.name);
        let mark = self.marks.get(&key).filter(|(_, until)| self.now < *until);
        mark.is_some_and(|(mark, _)| mark.value.contains(variant))
    }

    /// What KV remembers.
    pub(crate) fn seen(&self, key: &str) -> Option<Seen> {
        let (mark, until) = self.marks.get(key)?;
        Seen::parse(&mark.value).filter(|_| self.now < *until)
    }
}

use crate::request::Request;
