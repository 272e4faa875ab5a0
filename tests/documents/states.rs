//! The states of a delivery: every edge of the diagram in `ARCHITECTURE.md` is walked, and nothing
//! else ever happens.

use std::collections::{BTreeMap, BTreeSet};

use countersign::gateway::Outcome;
use countersign::gateway::inbox::Lease;
use serde_json::{Value, json};

use crate::markdown::{block, read};
use crate::shard::{DELIVERED, REFUSED, Shard};

/// From a state to a state, and why. `[*]` is no delivery.
type Edge = (String, String, String);
/// Each delivery's state, and how often it was attempted.
type Deliveries = BTreeMap<String, (String, Value)>;

const NONE: &str = "[*]";
const GONE: Outcome = Outcome::Refused { status: 410, retry_after: None };

/// The lines such as `pending --> leased: it is due`.
fn documented() -> BTreeSet<Edge> {
    let text = read("ARCHITECTURE.md");
    let edge = |line: &str| {
        let (states, reason) = line.split_once(": ")?;
        let (from, to) = states.split_once(" --> ")?;
        Some((from.trim().to_owned(), to.trim().to_owned(), reason.trim().to_owned()))
    };
    let diagram = block(&text, "mermaid").lines().filter(|line| line.contains("-->"));
    diagram.map(|line| edge(line).expect(line)).collect()
}

/// A shard whose deliveries are tried twice, a minute apart, and the lease that was taken last.
struct Walker {
    shard: Shard,
    lease: Option<Lease<Vec<u8>>>,
    came: usize,
}

impl Walker {
    fn new() -> Self {
        let settings = json!({
            "retrySchedule": [60, 60],
            "breaker": { "failingSeconds": 600, "attempts": 2, "probeSeconds": 300 },
        });
        Self { shard: Shard::new("boateros", &settings), lease: None, came: 0 }
    }

    fn come(&mut self) {
        self.copy(self.came);
        self.came += 1;
    }

    /// The event that came as the `number`-th comes, or comes again.
    fn copy(&self, number: usize) {
        self.shard.accept("", &format!(r#"{{"type":"hull.sold","number":{number}}}"#));
    }

    fn lease(&mut self) {
        self.lease = self.shard.lease();
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(lease) = self.lease.take() {
            self.shard.end(&lease, outcome, "");
        }
    }

    fn deliveries(&self) -> Deliveries {
        let rows = self.shard.rows("delivery").into_iter();
        let delivery = |row: BTreeMap<String, Value>| {
            let state = row["state"].as_str().unwrap().to_owned();
            let key = ["event", "destination", "round"].map(|column| row[column].to_string());
            (key.concat(), (state, row["attempts"].clone()))
        };
        rows.map(delivery).collect()
    }

    /// What happens to deliveries meanwhile.
    fn changes(&mut self, act: impl FnOnce(&mut Self)) -> Vec<(String, String)> {
        let before = self.deliveries();
        act(self);
        let after = self.deliveries();
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
        let state = |of: &Deliveries, key| of.get(key).map_or(NONE, |(state, _)| state).to_owned();
        changed.map(|key| (state(&before, key), state(&after, key))).collect()
    }
}

/// What brings a delivery to where an edge begins, then what happens.
type Walk = (&'static str, &'static str, &'static str, fn(&mut Walker), fn(&mut Walker));

const WALKS: [Walk; 16] = [
    (NONE, "pending", "an event is accepted", nothing, Walker::come),
    (NONE, "pending", "a delivered event is replayed", delivered_long_ago, first_again),
    ("pending", "leased", "it is due", Walker::come, Walker::lease),
    ("pending", "dead", "the schedule has become shorter", failed_twice, shorten),
    ("pending", "dead", "its event can't be read", unreadable, Walker::lease),
    ("leased", "delivered", "2xx", leased, |walker| walker.end(DELIVERED)),
    ("leased", "pending", "failed, and a retry is left", leased, refuse),
    ("leased", "pending", "failed as a probe", leased_as_probe, refuse),
    ("leased", "pending", "not sent", leased, |walker| walker.end(Outcome::Unsent)),
    ("leased", "leased", "the lease has run out", leased_long_ago, Walker::lease),
    ("leased", "dead", "failed, and no retry is left", leased_for_the_last_time, refuse),
    ("leased", "dead", "410", leased, |walker| walker.end(GONE)),
    ("leased", "dead", "the lease has run out, and no retry is left", last_run_out, Walker::lease),
    ("dead", "pending", "a copy comes", dead, first_again),
    ("dead", NONE, "its retention is over", dead, forget),
    ("delivered", NONE, "its retention is over", delivered, forget),
];

fn nothing(_: &mut Walker) {}

fn refuse(walker: &mut Walker) {
    walker.end(REFUSED);
}

fn first_again(walker: &mut Walker) {
    walker.copy(0);
}

fn leased(walker: &mut Walker) {
    walker.come();
    walker.lease();
}

fn leased_long_ago(walker: &mut Walker) {
    leased(walker);
    walker.shard.wait(3600);
}

fn failed_twice(walker: &mut Walker) {
    leased(walker);
    refuse(walker);
    walker.shard.sleep();
    walker.lease();
    refuse(walker);
    walker.shard.sleep();
}

fn leased_for_the_last_time(walker: &mut Walker) {
    failed_twice(walker);
    walker.lease();
}

fn last_run_out(walker: &mut Walker) {
    leased_for_the_last_time(walker);
    walker.shard.wait(3600);
}

fn dead(walker: &mut Walker) {
    leased_for_the_last_time(walker);
    refuse(walker);
}

/// Beside a dead delivery. It has failed so often that only as a probe it may fail once more.
fn leased_as_probe(walker: &mut Walker) {
    dead(walker);
    walker.shard.wait(600);
    leased(walker);
    refuse(walker);
    assert_eq!(walker.changes(Walker::lease), [], "it is held");
    for _ in 0..2 {
        refuse(walker);
        walker.shard.wait(300);
        walker.lease();
    }
}

fn delivered(walker: &mut Walker) {
    leased(walker);
    walker.end(DELIVERED);
}

fn delivered_long_ago(walker: &mut Walker) {
    delivered(walker);
    walker.shard.wait(3600);
}

fn forget(walker: &mut Walker) {
    walker.shard.wait(31 * 86_400);
    walker.shard.prune();
}

fn shorten(walker: &mut Walker) {
    walker.shard.reconfigure(&json!({ "retrySchedule": [60] }));
    walker.lease();
}

fn unreadable(walker: &mut Walker) {
    walker.come();
    walker.shard.query("UPDATE event SET head = ''");
}

#[test]
fn every_edge_of_the_diagram_is_walked() {
    let mut walked = BTreeSet::new();
    for (from, to, reason, set_out, go) in WALKS {
        let mut walker = Walker::new();
        set_out(&mut walker);
        assert_eq!(walker.changes(go), [(from.to_owned(), to.to_owned())], "{reason}");
        walked.insert((from.to_owned(), to.to_owned(), reason.to_owned()));
    }
    assert_eq!(documented(), walked);
}

/// Whatever happens at random, in any order.
#[test]
fn nothing_else_ever_happens() {
    let documented: BTreeSet<_> =
        documented().into_iter().map(|(from, to, _)| (from, to)).collect();
    let mut seen = BTreeSet::new();
    for seed in 0..300 {
        let mut random = Random(seed);
        let mut walker = Walker::new();
        for step in 0..60 {
            for change in walker.changes(|walker| walk(walker, &mut random)) {
                assert!(documented.contains(&change), "{change:?} in step {step} of seed {seed}");
                seen.insert(change);
            }
        }
    }
    // What takes a new configuration or a broken row does not happen by itself.
    let expected = documented
        .into_iter()
        .filter(|(from, to)| (from.as_str(), to.as_str()) != ("pending", "dead"));
    assert_eq!(seen, expected.collect());
}

fn walk(walker: &mut Walker, random: &mut Random) {
    match random.below(12) {
        0 => walker.come(),
        1 if walker.came > 0 => walker.copy(random.below(walker.came)),
        2..=4 => walker.lease(),
        5..=7 => {
            let outcomes = [DELIVERED, REFUSED, REFUSED, GONE, Outcome::Unsent, Outcome::TimedOut];
            walker.end(outcomes[random.below(outcomes.len())]);
        }
        8 => walker.shard.sleep(),
        9 => walker.shard.wait([1, 60, 1000, 100_000][random.below(4)]),
        10 if random.below(20) == 0 => forget(walker),
        _ => walker.shard.prune(),
    }
}

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end as u64).unwrap()
    }
}
