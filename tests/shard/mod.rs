//! A shard of an inbox, at whatever time it is said to be.

use std::collections::BTreeMap;

use countersign::gateway::inbox::{
    Acceptance, Attempt, Body, Entry, Hearsay, Inbox, Lanes, Lease, Sql, Step, Value,
};
use countersign::gateway::{Config, Event, Outcome, Source};
use countersign::sign::{Outgoing, sign};
use countersign::{Digest, Secret, Strength, UnixTime};
use serde_json::{Value as Json, json};

use crate::sqlite::Sqlite;

pub(crate) const DELIVERED: Outcome = Outcome::Delivered { status: 204 };
pub(crate) const REFUSED: Outcome = Outcome::Refused { status: 503, retry_after: None };

/// The columns of a row, by name.
pub(crate) type Columns = BTreeMap<String, Json>;

/// The shard of a source with one destination, `app`.
pub(crate) struct Shard {
    config: Config,
    sqlite: Sqlite,
    inbox: Inbox<Sqlite>,
    pub(crate) now: UnixTime,
}

const SECRET: &str = "the secret from the portal";

impl Shard {
    /// Of a source that is named after its scheme, with these settings besides the usual ones.
    pub(crate) fn new(scheme: &str, settings: &Json) -> Self {
        let sqlite = Sqlite::new();
        let inbox = Inbox::open(sqlite.clone()).unwrap();
        // 2025-11-21T16:00:00Z
        let now = UnixTime::from_secs(1_763_740_800);
        Self { config: configuration(scheme, settings), sqlite, inbox, now }
    }

    /// Gives the source other settings.
    pub(crate) fn reconfigure(&mut self, settings: &Json) {
        self.config = configuration(self.source().verifier().scheme().name, settings);
    }

    fn source(&self) -> &Source {
        self.config.sources().next().and_then(|(_, source)| source).unwrap()
    }

    /// Lets so many seconds pass.
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now = UnixTime::from_millis(self.now.as_millis() + seconds * 1000);
    }

    /// Lets an event of this id and body come in.
    pub(crate) fn accept(&self, id: &str, body: &str) -> Acceptance {
        let source = self.source();
        let scheme = source.verifier().scheme();
        let secret = Secret::parse(SECRET, scheme.secret, Strength::Required).unwrap();
        let body = body.as_bytes();
        let message = Outgoing { event_id: Some(id), event_type: None, timestamp: self.now, body };
        let headers = sign(scheme, &[&secret], &message).unwrap();
        let verified = source.verifier().verify(&headers, body, self.now).unwrap();
        let event = Event::new(source, verified, Digest::of(body), self.now);
        let entry = Entry::new(&event, Some("application/json"), "a request's id");
        let layouts = self.inbox.handle_layout(4, self.now).unwrap();
        let hearsay = Hearsay { layouts: Some(layouts), seen: Some(None), asked: vec![0, 1, 2, 3] };
        let body = Body::Here(body.to_vec());
        match self.inbox.handle_accept(source, &entry, &body, &hearsay, self.now).unwrap() {
            Step::Done(acceptance) => acceptance,
            step => panic!("nothing is left to ask, but {step:?}"),
        }
    }

    /// Leases what is due.
    pub(crate) fn lease(&self) -> Option<Lease<Vec<u8>>> {
        self.lease_beside(&Lanes::default())
    }

    /// The same, while these are busy.
    pub(crate) fn lease_beside(&self, lanes: &Lanes) -> Option<Lease<Vec<u8>>> {
        self.inbox.poll_transmit(self.source(), lanes, self.now).unwrap()
    }

    /// The delivery id that the destination sees.
    pub(crate) fn delivery_id(&self, lease: &Lease<Vec<u8>>) -> String {
        let transmit = lease.transmit(self.source(), b"", self.now).unwrap();
        let mut headers = transmit.headers.into_iter();
        headers.find(|(name, _)| *name == "countersign-delivery-id").unwrap().1
    }

    /// Says that an attempt ended now, with this outcome and this answer.
    pub(crate) fn end(&self, lease: &Lease<Vec<u8>>, outcome: Outcome, answer: &str) -> Json {
        let started_at = UnixTime::from_millis(self.now.as_millis() - 120);
        let attempt = Attempt { outcome, started_at, answer: answer.to_owned(), error: None };
        let log = self.inbox.handle_outcome(self.source(), lease, &attempt, self.now).unwrap();
        serde_json::from_str(&log.to_json()).unwrap()
    }

    /// Goes to the moment at which something is to be done next, if there is one.
    pub(crate) fn sleep(&mut self) {
        let wake_at = self.inbox.poll_timeout(self.source(), self.now).unwrap();
        self.now = wake_at.unwrap_or(self.now).max(self.now);
    }

    /// Forgets some of what is past its retention.
    pub(crate) fn prune(&self) {
        self.inbox.prune(self.now).unwrap();
    }

    /// All rows of a table.
    pub(crate) fn rows(&self, table: &str) -> Vec<Columns> {
        let names = self.query(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let names: Vec<_> = names.iter().map(|row| row[0].as_str().unwrap()).collect();
        let rows = self.query(&format!("SELECT {} FROM {table}", names.join(", ")));
        let named = |row: Vec<Json>| names.iter().map(ToString::to_string).zip(row).collect();
        rows.into_iter().map(named).collect()
    }

    pub(crate) fn query(&self, statement: &str) -> Vec<Vec<Json>> {
        let rows = self.sqlite.exec(statement, &[]).unwrap();
        rows.into_iter().map(|row| row.into_iter().map(json_of).collect()).collect()
    }
}

fn configuration(scheme: &str, settings: &Json) -> Config {
    let mut source = json!({
        "scheme": scheme,
        "mode": "inbox",
        "secrets": ["SECRET"],
        "destinations": [
            { "name": "app", "url": "https://app.example.com/in", "signingSecret": false },
        ],
    });
    for (name, value) in settings.as_object().unwrap() {
        source[name] = value.clone();
    }
    let environment = [
        ("SOURCES", json!({ scheme: source }).to_string()),
        ("SECRET", SECRET.to_owned()),
        ("SEEN", "{}".to_owned()),
        ("INBOX", "{}".to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let config = Config::read(&BTreeMap::from(environment));
    assert_eq!(config.mistakes(), []);
    config
}

/// Bytes are shown as text.
fn json_of(value: Value<Vec<u8>>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => String::from_utf8(bytes).unwrap().into(),
    }
}
