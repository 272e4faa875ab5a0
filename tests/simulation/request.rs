//! The Worker in front of the objects: it verifies, and hands in what is genuine.

use std::rc::Rc;

use countersign::gateway::inbox::{Acceptance, Body, Entry, Hearsay};
use countersign::gateway::sabotage::{Bug, is_on};
use countersign::gateway::{Admission, Config, Event, Head, Mode, Refusal, Reply, Source, admit};
use countersign::{Digest, UnixTime};

use crate::original::{LONG, Message};
use crate::world::{Happening, World};

/// A request on its way through the gateway.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) message: Message,
    pub(crate) sender: Sender,
    pub(crate) received_at: UnixTime,
    pub(crate) event_id: String,
    pub(crate) entry: Option<Entry>,
    pub(crate) body: Body<Vec<u8>>,
    pub(crate) hearsay: Hearsay,
    /// The object that it is in, and the life of it.
    pub(crate) home: (String, u64),
    pub(crate) is_answered: bool,
}

/// Who has sent a request, in truth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// What it says that it is about.
    pub(crate) about: usize,
    is_genuine: bool,
    /// Who waits for the answer.
    pub(crate) chain: Option<usize>,
}

impl Sender {
    pub(crate) const fn provider(about: usize, chain: Option<usize>) -> Self {
        Self { about, is_genuine: true, chain }
    }

    pub(crate) const fn stranger(about: usize) -> Self {
        Self { about, is_genuine: false, chain: None }
    }

    /// The event; `None` if it is forged.
    pub(crate) fn original(self) -> Option<usize> {
        self.is_genuine.then_some(self.about)
    }
}

/// What a genuine request is about.
#[derive(Debug)]
pub(crate) struct Genuine {
    pub(crate) event_id: String,
    pub(crate) is_wanted: bool,
    pub(crate) entry: Entry,
    /// The dedupe key, and what tells bodies apart under it, as they stand in the store.
    pub(crate) identity: (String, String),
}

impl Request {
    pub(crate) fn new(message: Message, sender: Sender) -> Self {
        Self {
            body: Body::Here(message.body.to_vec()),
            message,
            sender,
            received_at: UnixTime::from_millis(0),
            event_id: String::new(),
            entry: None,
            hearsay: Hearsay::default(),
            home: (String::new(), 0),
            is_answered: false,
        }
    }
}

impl World {
    /// A request has arrived: is it genuine, and what becomes of it?
    pub(crate) fn arrive(&mut self, id: u64) {
        let wall = self.wall();
        let request = self.requests.get_mut(&id).unwrap();
        request.received_at = wall;
        let message = request.message.clone();
        if is_on(Bug::MarkBeforeVerify) {
            self.mark_unverified(id, &message);
        }
        let config = Rc::clone(&self.config);
        match admit_and_verify(&config, &message, wall, id) {
            Err(refusal) => {
                let reply = Reply::refused(&refusal, false);
                self.observer.note_refused(self.requests[&id].sender.original(), &refusal);
                self.reply(id, reply.status);
            }
            Ok(genuine) => self.admit(id, genuine, Self::source_of(&config)),
        }
    }

    fn admit(&mut self, id: u64, genuine: Genuine, source: &Source) {
        let request = self.requests.get_mut(&id).unwrap();
        request.event_id.clone_from(&genuine.event_id);
        request.entry = Some(genuine.entry);
        let original = request.sender.original();
        self.observer.note_genuine(original, &genuine.event_id, genuine.identity);
        if !genuine.is_wanted {
            self.observer.note_filtered(original);
            return self.reply(id, Reply::filtered(&genuine.event_id).status);
        }
        match source.mode() {
            Mode::Relay => self.relay(id),
            Mode::Inbox(_) => self.hand_in(id),
        }
    }

    /// What is long is put into the object store first.
    fn hand_in(&mut self, id: u64) {
        let request = self.requests.get_mut(&id).unwrap();
        if request.message.body.len() > LONG {
            let key = format!("body/{id}");
            self.bodies.insert(key.clone(), request.message.body.to_vec());
            request.body = Body::At(key);
        }
        if is_on(Bug::AcknowledgeBeforeStore) {
            request.is_answered = true;
            let status = Reply::accepted(&request.event_id, &Acceptance::Fresh).status;
            self.emit(id, status);
            return self.after(30, Happening::Reach(id));
        }
        self.soon(Happening::Reach(id));
    }

    /// The object has decided.
    pub(crate) fn accepted(&mut self, id: u64, acceptance: &Acceptance) {
        let request = &self.requests[&id];
        if let (Body::At(key), false) = (&request.body, acceptance.keeps_body()) {
            self.bodies.remove(key);
        }
        let reply = Reply::accepted(&request.event_id, acceptance);
        self.reply(id, reply.status);
    }

    /// The object did not answer, or said that it can't.
    pub(crate) fn fail(&mut self, id: u64) {
        self.reply(id, Reply::refused(&Refusal::Unavailable, false).status);
    }

    /// Says what has become of a request, unless that was said before.
    pub(crate) fn reply(&mut self, id: u64, status: u16) {
        if self.requests[&id].is_answered {
            self.requests.remove(&id);
        } else {
            self.emit(id, status);
        }
    }

    fn emit(&mut self, id: u64, status: u16) {
        let request = self.requests[&id].clone();
        self.observer.note_answer(request.sender.original(), status);
        let answered = if request.is_answered { self.answered_early(request) } else { id };
        self.soon(Happening::Answer { request: answered, status });
    }

    /// The sabotaged gateway goes on with a request that it has answered.
    fn answered_early(&mut self, request: Request) -> u64 {
        let id = self.id();
        self.requests.insert(id, request);
        id
    }

    /// The bug: an event is taken for seen before anybody has looked whether it is genuine.
    fn mark_unverified(&mut self, id: u64, message: &Message) {
        let original = self.requests[&id].sender.about;
        let (scheme, wall) = (self.scenario.scheme, self.wall());
        let secret = crate::original::provider_secret(scheme);
        let victim = self.scenario.originals[original].clone();
        let believed = victim.signed_with(scheme, secret, wall.as_millis(), &message.body);
        let config = Rc::clone(&self.config);
        if let Ok(genuine) = admit_and_verify(&config, &believed, wall, id) {
            self.store_unasked(id, genuine.entry, &believed);
        }
    }
}

/// Judges a request as the Worker does.
pub(crate) fn admit_and_verify(
    config: &Config,
    message: &Message,
    wall: UnixTime,
    id: u64,
) -> Result<Genuine, Refusal> {
    let (name, _) = config.sources().next().unwrap();
    let head = Head {
        method: "POST",
        url: &format!("https://hooks.example.com/hooks/{name}"),
        content_encoding: None,
        content_length: Some(&message.body.len().to_string()),
    };
    let source = match admit(config, &head, wall) {
        Admission::Hook(source) => source,
        Admission::Refused { refusal, .. } => return Err(refusal),
        Admission::Health { .. } => unreachable!(),
    };
    with_event(source, message, wall, |event| {
        let key = event.store_key().unwrap();
        let key = key.strip_prefix(&format!("seen/{name}/")).unwrap().to_owned();
        let claim = event.claim_key().unwrap();
        let variant = claim.rsplit('/').next().unwrap().to_owned();
        let content_type = message.header("content-type");
        Genuine {
            event_id: event.id(),
            is_wanted: event.is_wanted(),
            entry: Entry::new(event, content_type.as_deref(), &format!("request-{id}")),
            identity: (key, variant),
        }
    })
}

/// Verifies a message, and does something with its event.
pub(crate) fn with_event<T>(
    source: &Source,
    message: &Message,
    wall: UnixTime,
    act: impl FnOnce(&Event<'_>) -> T,
) -> Result<T, Refusal> {
    let prepared = source.verifier().prepare(&message.headers, wall)?;
    let verified = prepared.finish(&message.body, wall)?;
    Ok(act(&Event::new(source, verified, Digest::of(&message.body), wall)))
}
