use super::body::Received;
use super::serve::{Answer, Hook};
use super::store::{Store, Unavailable};
use super::{clock, destination};
use crate::gateway::{Claim, Decision, DedupeLog, Event, LogLine, Refusal, Reply, Seen};

/// Forwards a genuine event while the provider waits, unless it is a copy.
pub(super) async fn forward(
    hook: &Hook<'_>,
    event: &Event<'_>,
    body: &Received,
    content_type: Option<&str>,
) -> Answer {
    let claim = hook.isolate.claim(event, clock::now());
    if claim == Some(Claim::Taken) {
        let reply = Reply::refused(&Refusal::InFlight, false);
        let log = LogLine::in_flight(hook.source.name(), event, &reply);
        return (reply, Some(log));
    }
    let answer = Relay { hook, event, body, content_type }.dedupe().await;
    hook.isolate.release(claim);
    answer
}

/// One event, claimed for this request.
struct Relay<'r> {
    hook: &'r Hook<'r>,
    event: &'r Event<'r>,
    body: &'r Received,
    content_type: Option<&'r str>,
}

impl Relay<'_> {
    /// Asks the store, and forwards what is not a duplicate. A store that can't be asked never
    /// stands in the way of an event.
    async fn dedupe(&self) -> Answer {
        let store = Store::of(self.hook.env);
        let seen = match self.event.store_key() {
            Some(key) => store.get(&key).await,
            None => Ok(None),
        };
        let seen_before = seen.as_ref().ok().and_then(Option::as_ref);
        let decision = self.event.judge(seen_before, clock::now());
        if let Decision::Duplicate { first_seen, replay_from } = decision {
            let reply = Reply::duplicate(&self.event.id(), first_seen, replay_from);
            let log = LogLine::duplicate(self.hook.source.name(), self.event, &reply);
            return (reply, Some(log));
        }
        self.send(&decision, Memory { store, seen }).await
    }

    /// Sends, and marks afterwards: never before the destination has accepted.
    async fn send(&self, decision: &Decision, memory: Memory) -> Answer {
        let dedupe = DedupeLog::of(self.event, decision, memory.seen.is_ok());
        let transmit = self.event.transmit(decision, self.content_type, clock::now());
        let outcome = destination::send(&transmit, &self.body.to_send(transmit.body)).await;
        let is_forgotten = outcome.is_delivered() && self.remember(decision, memory).await.is_err();

        let reply = Reply::outcome(&self.event.id(), decision, outcome);
        let source = self.hook.source.name();
        let mut log = LogLine::sent(source, self.event, outcome, dedupe, &reply);
        log.stored = is_forgotten.then_some(false);
        (reply, Some(log))
    }

    /// Puts the mark into the store. What could not be read before is read again: it must not be
    /// overwritten unseen.
    async fn remember(&self, decision: &Decision, memory: Memory) -> Result<(), Unavailable> {
        let Some(key) = self.event.store_key() else {
            return Ok(());
        };
        let seen = match memory.seen {
            Ok(seen) => seen,
            Err(Unavailable) => memory.store.get(&key).await?,
        };
        match self.event.mark(seen, decision, clock::now()) {
            Some(mark) => memory.store.put(&mark, &self.hook.context).await,
            None => Ok(()),
        }
    }
}

/// The store, and what it said of an event.
struct Memory {
    store: Store,
    seen: Result<Option<Seen>, Unavailable>,
}
