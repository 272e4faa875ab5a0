//! Somebody who sees all that goes in and out, and the rows in the stores, and knows what was
//! promised. It has no part in what happens.

mod acceptance;
mod breaker;
mod end;
mod flights;
mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use countersign::gateway::Refusal;
use countersign::gateway::inbox::{Row, Sql, Value};
use countersign::scheme::STANDARD_WEBHOOKS;
use countersign::{Keyring, Secret, Strength, UnixTime, Verifier};

use self::breaker::Shadow;
use self::flights::{Count, Followed};
pub(crate) use self::tally::Tally;
use crate::original::{Message, Original};
use crate::scenario::Scenario;
use crate::settings::{NEW_SECRET, OLD_SECRET, Settings};
use crate::site::Site;
use crate::storage::Storage;
use crate::time::{MINUTE, START};

/// A promise that was broken.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl Violation {
    pub(crate) fn new(rule: &'static str, what: impl fmt::Debug) -> Self {
        Self { rule, what: format!("{what:?}") }
    }
}

#[derive(Debug)]
pub(crate) struct Observer {
    is_loud: bool,
    now: i64,
    wall: i64,
    violation: Option<Violation>,
    pub(crate) tally: Tally,
    originals: Vec<Original>,
    sites: Vec<Site>,
    settings: Settings,
    is_calm_weather: bool,
    /// Dedupe key and variant of what was verified, as they stand in the store.
    identities: BTreeMap<(String, String), usize>,
    keys: BTreeMap<usize, (String, String)>,
    event_ids: BTreeMap<usize, String>,
    /// The events that were answered 2xx.
    acknowledged: BTreeSet<usize>,
    /// Those that relay mode has delivered.
    relayed: BTreeSet<usize>,
    /// Where each event is stored, and since when.
    homes: BTreeMap<usize, (String, i64)>,
    /// By object and delivery id: an event that outlives the window and a change of shards can be in
    /// two objects.
    deliveries: BTreeMap<(String, String), Followed>,
    counts: BTreeMap<(String, String), Count>,
    /// How often an object has planned an event's deliveries.
    rounds: BTreeMap<(String, usize), usize>,
    flights: BTreeMap<u64, (String, String)>,
    /// How often a destination has accepted an event.
    arrivals: BTreeMap<(usize, usize), u64>,
    /// What was forgotten because it was old: event, destination, state.
    forgotten: Vec<(usize, usize, String)>,
    breakers: BTreeMap<(String, usize), Shadow>,
    /// When something last went wrong with an object.
    mishaps: BTreeMap<String, i64>,
    clock_changed_at: i64,
    layout_changed_at: i64,
    sites_changed_at: i64,
    shards: u32,
    absent: Vec<usize>,
    scheme: &'static str,
    is_type_in_header: bool,
    filtered: BTreeSet<usize>,
    verifiers: [Rc<Verifier>; 2],
}

impl Observer {
    pub(crate) fn new(scenario: &Scenario, is_loud: bool) -> Self {
        Self {
            is_loud,
            now: START,
            wall: START,
            violation: None,
            tally: Tally::default(),
            originals: scenario.originals.clone(),
            sites: scenario.sites.clone(),
            settings: scenario.settings.clone(),
            is_calm_weather: scenario.weather.is_calm,
            identities: BTreeMap::new(),
            keys: BTreeMap::new(),
            event_ids: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            relayed: BTreeSet::new(),
            homes: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            counts: BTreeMap::new(),
            rounds: BTreeMap::new(),
            flights: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            forgotten: Vec::new(),
            breakers: BTreeMap::new(),
            mishaps: BTreeMap::new(),
            clock_changed_at: i64::MIN,
            layout_changed_at: i64::MIN,
            sites_changed_at: i64::MIN,
            shards: scenario.settings.first_shards,
            absent: Vec::new(),
            scheme: scenario.scheme.name,
            is_type_in_header: scenario.scheme.event_type.is_some(),
            filtered: BTreeSet::new(),
            verifiers: [NEW_SECRET, OLD_SECRET].map(|secret| Rc::new(verifier(secret))),
        }
    }

    pub(crate) fn set_time(&mut self, now: i64, wall: UnixTime) {
        self.now = now;
        self.wall = wall.as_millis();
    }

    /// For whoever wants to read along.
    pub(crate) fn say(&self, line: impl FnOnce() -> String) {
        if self.is_loud {
            let at = self.now - START;
            println!("{:>10}.{:03}  {}", at / 1000, at % 1000, line());
        }
    }

    pub(crate) fn violate(&mut self, rule: &'static str, what: impl fmt::Debug) {
        let violation = Violation::new(rule, what);
        self.say(|| format!("BROKEN: {}: {}", violation.rule, violation.what));
        self.violation.get_or_insert(violation);
    }

    fn expect(&mut self, rule: &'static str, holds: bool, what: impl FnOnce() -> String) {
        self.tally.note(rule);
        if !holds {
            let what = what();
            self.say(|| format!("BROKEN: {rule}: {what}"));
            self.violation.get_or_insert(Violation { rule, what });
        }
    }

    pub(crate) fn check_so_far(&self) -> Result<(), Violation> {
        self.violation.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn note_deployment(&mut self, shards: u32, absent: &[usize]) {
        if self.shards != shards {
            self.layout_changed_at = self.now;
        }
        if self.absent != absent {
            self.sites_changed_at = self.now;
        }
        self.shards = shards;
        self.forget_drains();
        self.absent = absent.to_vec();
    }

    pub(crate) fn note_clock(&mut self, wall: UnixTime) {
        self.clock_changed_at = self.now;
        self.wall = wall.as_millis();
        self.tally.note("clock changed");
    }

    pub(crate) fn note_crash(&mut self, object: &str) {
        self.mishaps.insert(object.to_owned(), self.now);
        self.tally.note("process killed");
    }

    /// Something could not be written.
    pub(crate) fn note_mishap(&mut self, object: &str) {
        self.mishaps.insert(object.to_owned(), self.now);
    }

    /// Whether something has happened to an object since then after which it can't know.
    fn is_excused(&self, object: &str, since: i64) -> bool {
        let mishap = self.mishaps.get(object).is_some_and(|at| *at >= since);
        mishap || self.clock_changed_at >= since
    }

    pub(crate) fn note_forgery(&mut self, message: &Message) {
        self.say(|| format!("a forged request of {} bytes", message.body.len()));
        self.tally.note("forged request");
    }

    pub(crate) fn note_refused(&mut self, original: Option<usize>, refusal: &Refusal) {
        let is_clock_right = (self.wall - self.now).abs() < 4 * MINUTE;
        let is_genuine = original.is_some();
        self.expect("what is genuine is let in", !(is_genuine && is_clock_right), || {
            format!("{original:?}: {refusal:?}")
        });
    }

    pub(crate) fn note_genuine(
        &mut self,
        original: Option<usize>,
        event_id: &str,
        identity: (String, String),
    ) {
        let Some(original) = original else {
            return self.violate("what is forged is refused", event_id);
        };
        self.identities.insert(identity.clone(), original);
        self.keys.insert(original, identity);
        self.event_ids.insert(original, event_id.to_owned());
    }

    pub(crate) fn identity_of(&self, original: usize) -> Option<&(String, String)> {
        self.keys.get(&original)
    }

    pub(crate) fn note_filtered(&mut self, original: Option<usize>) {
        self.tally.note("filtered");
        self.filtered.extend(original);
    }

    pub(crate) fn note_answer(&mut self, original: Option<usize>, status: u16) {
        self.say(|| format!("answered {status}: event {original:?}"));
        let is_accepted = (200..300).contains(&status);
        match original {
            Some(original) if is_accepted => {
                self.acknowledged.insert(original);
                self.tally.note("answered 2xx");
            }
            Some(_) => self.tally.note("answered otherwise"),
            None => self.expect("what is forged is refused", !is_accepted, || status.to_string()),
        }
    }
}

/// What a query finds, in an observer's eyes.
pub(crate) fn rows(storage: &Storage, query: &str, values: &[Value<Vec<u8>>]) -> Vec<Row<Vec<u8>>> {
    storage.sqlite().exec(query, values).unwrap()
}

fn text(value: &Value<Vec<u8>>) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn integer(value: &Value<Vec<u8>>) -> i64 {
    match value {
        Value::Integer(number) => *number,
        other => panic!("{other:?}"),
    }
}

fn verifier(secret: &str) -> Verifier {
    let secret = Secret::parse(secret, STANDARD_WEBHOOKS.secret, Strength::Required).unwrap();
    Verifier::new(&STANDARD_WEBHOOKS, Keyring::of(secret))
}
