//! A source with all its shards, at whatever time it is said to be.

use std::collections::BTreeMap;

use countersign::gateway::inbox::{
    Acceptance, Attempt, Body, Entry, Hearsay, Inbox, Lanes, Layouts, Lease, Sql, Step, Value,
};
use countersign::gateway::{Config, Event, Outcome, Seen, Source};
use countersign::scheme::Scheme;
use countersign::sign::{Outgoing, sign};
use countersign::{Digest, Secret, Strength, UnixTime};
use serde_json::{Value as Json, json};

use crate::sqlite::Sqlite;

pub(crate) const OK: Outcome = Outcome::Delivered { status: 200 };
pub(crate) const FAILED: Outcome = Outcome::Refused { status: 500, retry_after: None };
pub(crate) const GONE: Outcome = Outcome::Refused { status: 410, retry_after: None };

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// 2025-11-21T16:00:00Z.
pub(crate) const START: i64 = 1_763_740_800_000;

const SECRET: &str = "the secret from the portal";

/// An event that the provider has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'s> {
    pub(crate) id: &'s str,
    pub(crate) event_type: Option<&'s str>,
    pub(crate) body: &'s str,
    /// Where its body is, if not with it.
    pub(crate) body_at: Option<&'s str>,
}

impl<'s> Sent<'s> {
    pub(crate) const fn new(id: &'s str) -> Self {
        Self { id, event_type: None, body: "{}", body_at: None }
    }
}

/// A delivery's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) destination: String,
    pub(crate) round: i64,
    pub(crate) state: String,
    pub(crate) due_at: i64,
    pub(crate) attempts: i64,
    pub(crate) failures: i64,
    pub(crate) finished_at: Option<i64>,
}

pub(crate) type Held = Lease<Vec<u8>>;

pub(crate) struct Rig {
    scheme: &'static Scheme,
    pub(crate) config: Config,
    /// In milliseconds.
    pub(crate) now: i64,
    databases: BTreeMap<u32, Sqlite>,
    inboxes: BTreeMap<u32, Inbox<Sqlite>>,
    /// What relay mode remembers.
    pub(crate) marks: BTreeMap<String, String>,
    /// What the shards have asked for since the last event came.
    pub(crate) asked: Vec<String>,
}

impl Rig {
    /// With one shard and one destination, `app`, unless the settings say something else.
    pub(crate) fn new(scheme: &'static Scheme, settings: &Json) -> Self {
        Self {
            scheme,
            config: configuration(scheme, settings),
            now: START,
            databases: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            marks: BTreeMap::new(),
            asked: Vec::new(),
        }
    }

    pub(crate) fn configure(&mut self, settings: &Json) {
        self.config = configuration(self.scheme, settings);
    }

    pub(crate) fn source(&self) -> &Source {
        self.config.sources().next().and_then(|(_, source)| source).unwrap()
    }

    pub(crate) fn wall(&self) -> UnixTime {
        UnixTime::from_millis(self.now)
    }

    pub(crate) fn wait(&mut self, millis: i64) {
        self.now += millis;
    }

    pub(crate) fn database(&mut self, shard: u32) -> Sqlite {
        self.databases.entry(shard).or_insert_with(Sqlite::new).clone()
    }

    pub(crate) fn inbox(&mut self, shard: u32) -> &Inbox<Sqlite> {
        let database = self.database(shard);
        self.inboxes.entry(shard).or_insert_with(|| Inbox::open(database).unwrap())
    }

    /// The processes end; what is on disk stays.
    pub(crate) fn restart(&mut self) {
        self.inboxes.clear();
    }

    /// The event comes in, and everything is found out that its shard asks for.
    pub(crate) fn come(&mut self, sent: Sent<'_>) -> Acceptance {
        self.asked.clear();
        let entry = self.entry(sent);
        self.accept(&entry, sent)
    }

    pub(crate) fn entry(&self, sent: Sent<'_>) -> Entry {
        let source = self.source();
        let secret = Secret::parse(SECRET, self.scheme.secret, Strength::Required).unwrap();
        let (timestamp, body) = (self.wall(), sent.body.as_bytes());
        let message =
            Outgoing { event_id: Some(sent.id), event_type: sent.event_type, timestamp, body };
        let headers = sign(self.scheme, &[&secret], &message).unwrap();
        let verified = source.verifier().verify(&headers, body, self.wall()).unwrap();
        let event = Event::new(source, verified, Digest::of(body), self.wall());
        Entry::new(&event, Some("application/json"), &format!("request-{}", self.now))
    }

    fn accept(&mut self, entry: &Entry, sent: Sent<'_>) -> Acceptance {
        let mut hearsay = Hearsay::default();
        loop {
            match self.step(entry.shard(), entry, sent, &hearsay) {
                Step::Done(acceptance) => return acceptance,
                Step::AskFirstShard => hearsay.layouts = Some(self.first_shard()),
                Step::AskShard(shard) => {
                    self.asked.push(format!("shard {shard}"));
                    let known = entry.clone().only_if_known();
                    match self.step(shard, &known, sent, &Hearsay::default()) {
                        Step::Done(Acceptance::Unknown) => hearsay.asked.push(shard),
                        Step::Done(acceptance) => return acceptance,
                        step => panic!("who is asked asks: {step:?}"),
                    }
                }
                Step::AskStore(key) => {
                    self.asked.push(format!("store {key}"));
                    let mark = self.marks.get(&key);
                    hearsay.seen = Some(mark.and_then(|mark| Seen::parse(mark)));
                }
            }
        }
    }

    fn first_shard(&mut self) -> Layouts {
        self.asked.push("first shard".to_owned());
        let (wall, shards) = (self.wall(), self.shards());
        let layouts = self.inbox(0).handle_layout(shards, wall).unwrap();
        Layouts::parse(&layouts.to_json()).unwrap()
    }

    fn shards(&self) -> u32 {
        match self.source().mode() {
            countersign::gateway::Mode::Inbox(settings) => settings.shards,
            countersign::gateway::Mode::Relay => panic!("it is a relay"),
        }
    }

    pub(crate) fn step(
        &mut self,
        shard: u32,
        entry: &Entry,
        sent: Sent<'_>,
        hearsay: &Hearsay,
    ) -> Step {
        let body = match sent.body_at {
            Some(key) => Body::At(key.to_owned()),
            None => Body::Here(sent.body.as_bytes().to_vec()),
        };
        let entry = Entry::parse(&entry.to_json()).unwrap();
        self.inbox(shard);
        let inbox = &self.inboxes[&shard];
        inbox.handle_accept(self.source(), &entry, &body, hearsay, self.wall()).unwrap()
    }

    /// Leases one delivery of the first shard, with nothing else under way.
    pub(crate) fn lease(&mut self) -> Option<Held> {
        self.lease_beside(&Lanes::default())
    }

    pub(crate) fn lease_beside(&mut self, lanes: &Lanes) -> Option<Held> {
        self.inbox(0);
        self.inboxes[&0].poll_transmit(self.source(), lanes, self.wall()).unwrap()
    }

    /// Everything of the first shard that is due at this moment.
    pub(crate) fn leases(&mut self) -> Vec<Held> {
        std::iter::from_fn(|| self.lease()).collect()
    }

    /// What came of a lease. Returns what the log says.
    pub(crate) fn end(&mut self, lease: &Held, outcome: Outcome) -> Json {
        let attempt =
            Attempt { outcome, started_at: self.wall(), answer: String::new(), error: None };
        let inbox = &self.inboxes[&0];
        let log = inbox.handle_outcome(self.source(), lease, &attempt, self.wall()).unwrap();
        serde_json::from_str(&log.to_json()).unwrap()
    }

    /// Leases what is due, which has to be something, and ends it.
    pub(crate) fn attempt(&mut self, outcome: Outcome) -> Json {
        let lease = self.lease().expect("nothing is due");
        self.end(&lease, outcome)
    }

    /// Goes to the moment at which something is to be done, and does it.
    pub(crate) fn attempt_next(&mut self, outcome: Outcome) -> Json {
        self.now = self.next().expect("nothing is ever due");
        self.attempt(outcome)
    }

    /// When there will be something to do in the first shard.
    pub(crate) fn next(&mut self) -> Option<i64> {
        self.inbox(0);
        let next = self.inboxes[&0].poll_timeout(self.source(), self.wall()).unwrap();
        next.map(UnixTime::as_millis)
    }

    pub(crate) fn prune(&mut self) -> Vec<String> {
        let wall = self.wall();
        self.inbox(0).prune(wall).unwrap()
    }

    pub(crate) fn header(&self, lease: &Held, name: &str) -> Option<String> {
        let transmit = lease.transmit(self.source(), b"{}", self.wall()).unwrap();
        transmit.headers.into_iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The rows of the first shard's deliveries, by event, destination and round.
    pub(crate) fn deliveries(&mut self) -> Vec<Delivery> {
        let query = "SELECT destination, round, state, due_at, attempts, failures, finished_at
                     FROM delivery ORDER BY event, destination, round";
        self.query(0, query).into_iter().map(delivery).collect()
    }

    /// The only delivery there is.
    pub(crate) fn delivery(&mut self) -> Delivery {
        let mut deliveries = self.deliveries();
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        deliveries.remove(0)
    }

    pub(crate) fn states(&mut self) -> Vec<String> {
        self.deliveries().into_iter().map(|delivery| delivery.state).collect()
    }

    pub(crate) fn query(&mut self, shard: u32, query: &str) -> Vec<Vec<Value<Vec<u8>>>> {
        self.inbox(shard);
        self.databases[&shard].exec(query, &[]).unwrap()
    }

    pub(crate) fn count(&mut self, shard: u32, table: &str) -> i64 {
        integer(&self.query(shard, &format!("SELECT count(*) FROM {table}"))[0][0])
    }
}

fn delivery(row: Vec<Value<Vec<u8>>>) -> Delivery {
    let text = |value: &Value<Vec<u8>>| match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    Delivery {
        destination: text(&row[0]),
        round: integer(&row[1]),
        state: text(&row[2]),
        due_at: integer(&row[3]),
        attempts: integer(&row[4]),
        failures: integer(&row[5]),
        finished_at: Some(&row[6]).filter(|value| **value != Value::Null).map(integer),
    }
}

pub(crate) fn integer(value: &Value<Vec<u8>>) -> i64 {
    match value {
        Value::Integer(number) => *number,
        other => panic!("{other:?}"),
    }
}

/// A destination of this name, with these settings on top.
pub(crate) fn destination(name: &str, settings: &Json) -> Json {
    let url = format!("https://{name}.example.com/in");
    let mut destination = json!({ "name": name, "url": url, "signingSecret": false });
    for (name, value) in settings.as_object().unwrap() {
        destination[name] = value.clone();
    }
    destination
}

fn configuration(scheme: &Scheme, settings: &Json) -> Config {
    let mut source = json!({
        "scheme": scheme.name,
        "mode": "inbox",
        "secrets": ["SECRET"],
        "shards": 1,
        "destinations": [destination("app", &json!({}))],
    });
    for (name, value) in settings.as_object().unwrap() {
        source[name] = value.clone();
    }
    let environment = [
        ("SOURCES", json!({ scheme.name: source }).to_string()),
        ("SECRET", SECRET.to_owned()),
        ("SEEN", "{}".to_owned()),
        ("INBOX", "{}".to_owned()),
        ("BODIES", "{}".to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let config = Config::read(&BTreeMap::from(environment));
    assert_eq!(config.mistakes(), []);
    config
}
