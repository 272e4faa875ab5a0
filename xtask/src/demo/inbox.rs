//! Inbox: the origin goes down, and nothing is lost.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS};
use countersign::{Keyring, Secret, Strength, Verifier};

use super::event::Event;
use super::sources::{HASTY, HULLS, ORDERS, signing_secret};
use super::stage::Stage;
use super::table::{Row, Verdict};
use crate::http::Message;
use crate::origin::Arrival;
use crate::provider::now;

pub(super) const HEAD: [&str; 4] = ["after", "what happens", "answered", "the origin saw"];

/// So much longer than anything should take that it says something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long that whatever is sent although it should not be has arrived.
const SETTLED: Duration = Duration::from_millis(500);

/// How it went, and what it comes to.
pub(super) struct Played {
    pub(super) rows: Vec<Row>,
    pub(super) summary: String,
}

/// An event, and what we call it.
struct Named {
    name: &'static str,
    event: Event,
}

/// Plays the story.
pub(super) fn play(stage: &mut Stage) -> Result<Played> {
    let [first, second, hull, hasty] = cast();
    let mut story = Story::begin(stage)?;
    story.origin_goes_down();
    for named in [&first, &second, &hull] {
        story.send(named, "", "202 accepted")?;
    }
    story.send(&first, " again", "200 duplicate")?;
    story.send(&hasty, ", tried twice and no more", "202 accepted")?;
    story.becomes_dead_letter(&hasty)?;
    story.origin_comes_up()?;
    let back_at = Instant::now();
    story.arrive(&[&first, &second, &hull]);
    let last = story.shown.last().map_or(back_at, |arrival| arrival.at);
    story.send(&hasty, " again", "202 accepted, redriven")?;
    story.arrive(&[&hasty]);
    story.send(&first, " again", "200 duplicate")?;
    story.nothing_more_arrives();
    let drained = last.duration_since(back_at).as_secs_f32();
    let summary = format!(
        "4 events were accepted while the origin was down. Each has arrived, once; what had waited, within {drained:.1} s \
         of its return."
    );
    Ok(Played { rows: story.rows, summary })
}

fn cast() -> [Named; 4] {
    let peeker = |source, role, name: &str| {
        let event = Event::new(&PEEKER, "order.completed", name, now()).with_key(role);
        Event { source, ..event }
    };
    let hull = Event::new(&BOATEROS, "hull.created", "hull3", now()).with_key(HULLS);
    [
        Named { name: "order 1", event: peeker("orders", ORDERS, "order1") },
        Named { name: "order 2", event: peeker("orders", ORDERS, "order2") },
        Named { name: "hull 3", event: Event { source: "hulls", ..hull } },
        Named { name: "order 4", event: peeker("hasty", HASTY, "order4") },
    ]
}

struct Story<'s> {
    stage: &'s mut Stage,
    /// Plays the destination, which takes nothing that is not signed by the gateway.
    verifier: Verifier,
    started: Instant,
    rows: Vec<Row>,
    /// What has come to the origin, as far as there are rows for it.
    shown: Vec<Arrival>,
}

impl<'s> Story<'s> {
    fn begin(stage: &'s mut Stage) -> Result<Self> {
        stage.forget();
        let (started, verifier) = (Instant::now(), verifier()?);
        Ok(Self { stage, verifier, started, rows: Vec::new(), shown: Vec::new() })
    }

    fn origin_goes_down(&mut self) {
        self.stage.origin.down();
        self.push(["the origin goes down", "", ""], Verdict::Ours);
    }

    fn origin_comes_up(&mut self) -> Result<()> {
        self.stage.origin.up()?;
        self.push(["the origin comes up", "", ""], Verdict::Ours);
        Ok(())
    }

    fn send(&mut self, named: &Named, remark: &str, expected: &str) -> Result<()> {
        let what = named.event.titled(&format!("{}{remark}", named.name));
        let answered = self.stage.exchange(&what, &named.event.request()?)?;
        let wrong = (answered != expected).then(|| expected.to_owned());
        self.push([&what, &answered, ""], Verdict::of(wrong));
        Ok(())
    }

    /// Waits until the gateway logs that it has given up.
    fn becomes_dead_letter(&mut self, named: &Named) -> Result<()> {
        let id = named.event.id.as_deref().context("an event without an id")?;
        let id = format!(r#""eventId":"{id}""#);
        let is_dead = |line: &str| line.contains(&id) && line.contains(r#""state":"dead""#);
        let mut is_known = false;
        for _ in tries() {
            is_known = self.stage.log()?.lines().any(is_dead);
            if is_known {
                break;
            }
        }
        let wrong = (!is_known).then(|| "that in the log".to_owned());
        let what = format!("{} is given up: a dead letter", named.name);
        self.push([&what, "", ""], Verdict::of(wrong));
        Ok(())
    }

    /// Waits until these have arrived, whatever else does.
    fn arrive(&mut self, expected: &[&Named]) {
        let known = self.shown.len();
        for _ in tries() {
            self.shown = self.stage.received();
            if self.shown.len() >= known + expected.len() {
                break;
            }
        }
        let mut missing = expected.to_vec();
        for arrival in self.shown.split_off(known) {
            let position =
                missing.iter().position(|named| named.event.body == arrival.message.body);
            self.show(position.map(|position| missing.remove(position)), &arrival);
            self.shown.push(arrival);
        }
        for named in missing {
            let verdict = Verdict::Wrong("the event".to_owned());
            self.push([&format!("{} does not arrive", named.name), "", ""], verdict);
        }
    }

    fn nothing_more_arrives(&mut self) {
        thread::sleep(SETTLED);
        let more = self.stage.received().split_off(self.shown.len());
        for arrival in &more {
            self.show(None, arrival);
        }
        if more.is_empty() {
            self.push(["nothing more arrives", "", ""], Verdict::AsExpected);
        }
    }

    fn show(&mut self, named: Option<&Named>, arrival: &Arrival) {
        let name = named.map_or("something else", |named| named.name);
        let is_genuine = self.is_genuine(&arrival.message);
        let saw = described(named.is_some(), is_genuine);
        let is_expected = named.is_some() && is_genuine;
        let wrong = (!is_expected).then(|| "each event once, signed by the gateway".to_owned());
        let attempt = arrival.message.header("countersign-attempt").unwrap_or("?");
        let what = format!("{name} arrives, at attempt {attempt}");
        self.push_at(arrival.at, [&what, "", saw], Verdict::of(wrong));
    }

    fn is_genuine(&self, message: &Message) -> bool {
        self.verifier.verify(&message.headers, &message.body, now()).is_ok()
    }

    fn push(&mut self, cells: [&str; 3], verdict: Verdict) {
        self.push_at(Instant::now(), cells, verdict);
    }

    fn push_at(&mut self, at: Instant, cells: [&str; 3], verdict: Verdict) {
        let after = format!("{:>4.1} s", at.duration_since(self.started).as_secs_f32());
        let cells = std::iter::once(after.as_str()).chain(cells).map(str::to_owned).collect();
        self.rows.push(Row { cells, verdict });
    }
}

/// One each 50 ms.
fn tries() -> impl Iterator<Item = ()> {
    let started = Instant::now();
    std::iter::from_fn(move || {
        thread::sleep(Duration::from_millis(50));
        (started.elapsed() < PATIENCE).then_some(())
    })
}

fn verifier() -> Result<Verifier> {
    let scheme = &STANDARD_WEBHOOKS;
    let secret = Secret::parse(&signing_secret(), scheme.secret, Strength::Required);
    let secret = secret.map_err(|error| anyhow!("the signing secret: {}", error.code()))?;
    Ok(Verifier::new(scheme, Keyring::of(secret)))
}

const fn described(is_known: bool, is_genuine: bool) -> &'static str {
    match (is_known, is_genuine) {
        (true, true) => "the event, byte for byte, signed",
        (true, false) => "the event, not signed by the gateway",
        (false, _) => "not what was expected",
    }
}
