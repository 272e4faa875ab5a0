//! Relay: what the two providers, and others in their name, send to the gateway.

use anyhow::Result;
use countersign::UnixTime;
use countersign::scheme::{BOATEROS, PEEKER, Scheme};

use super::event::{Edit, Event, body};
use super::sources::{OLD, OLDER};
use super::stage::Stage;
use super::table::{Row, Verdict};
use crate::http::{Framing, request};
use crate::origin::Arrival;
use crate::provider::now;

/// The most that both sources take.
pub(crate) const MAX_BODY_BYTES: usize = 65_536;

const TEN_MINUTES_MS: i64 = 600_000;

pub(super) const HEAD: [&str; 3] = ["sent", "answered", "the origin saw"];

/// One request, and what should come of it.
struct Case {
    sent: String,
    request: Vec<u8>,
    /// What happens to the origin before.
    origin: Origins,
    /// The status and the word in the answer.
    answer: &'static str,
    /// The body that the origin gets, if it gets one.
    forwarded: Option<Vec<u8>>,
}

/// What happens to the origin.
enum Origins {
    AsItIs,
    Down,
    Up,
}

/// Plays all of them, in order.
pub(super) fn play(stage: &mut Stage) -> Result<Vec<Row>> {
    all(now())?.into_iter().map(|case| case.play(stage)).collect()
}

fn all(now: UnixTime) -> Result<Vec<Case>> {
    let peeker = Sample { scheme: &PEEKER, kind: "order.completed", unwanted: "swap.created", now };
    let boateros =
        Sample { scheme: &BOATEROS, kind: "hull.created", unwanted: "payment.failed", now };
    let mut cases = Vec::new();
    cases.extend(of_both(&peeker)?);
    cases.extend(of_peeker(&peeker)?);
    cases.extend(of_both(&boateros)?);
    cases.extend(of_boateros(&boateros)?);
    cases.extend(around_the_origin(&peeker)?);
    cases.extend(of_configuration(&peeker)?);
    Ok(cases)
}

impl Case {
    fn play(self, stage: &mut Stage) -> Result<Row> {
        match self.origin {
            Origins::Down => stage.origin.down(),
            Origins::Up => stage.origin.up()?,
            Origins::AsItIs => {}
        }
        stage.forget();
        let answered = stage.exchange(&self.sent, &self.request)?;
        let saw = saw(&stage.received(), self.forwarded.as_deref());
        let expected = if self.forwarded.is_some() { SAW_IT } else { SAW_NOTHING };
        let is_expected = (answered.as_str(), saw) == (self.answer, expected);
        let expected = (!is_expected).then(|| format!("{}, and {expected}", self.answer));
        let cells = vec![self.sent, answered, saw.to_owned()];
        Ok(Row { cells, verdict: Verdict::of(expected) })
    }
}

const SAW_IT: &str = "the event, byte for byte";
const SAW_NOTHING: &str = "nothing";

fn saw(received: &[Arrival], forwarded: Option<&[u8]>) -> &'static str {
    match (received, forwarded) {
        ([], _) => SAW_NOTHING,
        ([one], Some(body)) if one.message.body == body => SAW_IT,
        ([_], Some(_)) => "another body",
        ([_], None) => "an event",
        (_, _) => "several requests",
    }
}

fn of_both(sample: &Sample) -> Result<Vec<Case>> {
    let genuine = sample.event("genuine");
    let mut tampered = sample.event("tampered");
    tampered.sent_body = Some(text(&tampered.body).replace("1.50", "0.01").into_bytes());
    let mut oversized = sample.event("oversized");
    oversized.body.resize(MAX_BODY_BYTES + 1, b' ');
    let unwanted = Event { kind: sample.unwanted, ..sample.event("unwanted") };
    let unwanted = Event { body: body(sample.unwanted, "unwanted"), ..unwanted };
    Ok(vec![
        genuine.clone().delivered("genuine")?,
        genuine.answered("the same again", "200 duplicate")?,
        sample.event("forged").with_key("Guessed").refused("wrong secret")?,
        tampered.refused("body changed after signing")?,
        sample.event("stale").moved_by(-TEN_MINUTES_MS).refused("signed 10 minutes ago")?,
        sample.event("future").moved_by(TEN_MINUTES_MS).refused("signed 10 minutes ahead")?,
        sample.event("old").with_key(OLD).delivered("old key, inside its overlap")?,
        sample.event("older").with_key(OLDER).refused("old key, after its overlap")?,
        unwanted.answered("a type that nobody wants", "200 filtered")?,
        oversized.answered("one byte too many", "413 too_large")?,
    ])
}

fn of_peeker(sample: &Sample) -> Result<Vec<Case>> {
    let mut in_pieces = sample.event("chunked");
    in_pieces.framing = Framing::Chunks(7);
    let mut twice = sample.event("twice");
    twice.edit = Some(Edit::RepeatTimestamp);
    Ok(vec![
        re_split(sample)?,
        in_pieces.delivered("genuine, in chunks of 7 bytes")?,
        twice.refused("timestamp header twice")?,
    ])
}

/// The same signed bytes, cut elsewhere: the id takes over the start of the body, up to a dot in it.
fn re_split(sample: &Sample) -> Result<Case> {
    let mut event = sample.event("resplit");
    let text = text(&event.body);
    let (start, rest) = text.split_once('.').unwrap_or((&text, ""));
    let id = format!("{}.{start}", event.id.clone().unwrap_or_default());
    event.sent_body = Some(rest.as_bytes().to_vec());
    event.edit = Some(Edit::OtherId(id));
    event.refused("captured, cut into another id and body")
}

fn of_boateros(sample: &Sample) -> Result<Vec<Case>> {
    let mut other = sample.event("genuine");
    other.kind = "hull.syndicated";
    let mut zoneless = sample.event("zoneless");
    zoneless.edit = Some(Edit::CutZone);
    Ok(vec![
        other.delivered("that body again, as another catalogued type")?,
        zoneless.refused("timestamp without a zone")?,
    ])
}

fn around_the_origin(sample: &Sample) -> Result<Vec<Case>> {
    let event = sample.event("outage");
    let mut down =
        event.clone().answered("genuine, while the origin is down", "502 destination_failed")?;
    down.origin = Origins::Down;
    let mut up = event.clone().delivered("sent again, the origin is up")?;
    up.origin = Origins::Up;
    Ok(vec![down, up, event.answered("and once more", "200 duplicate")?])
}

fn of_configuration(sample: &Sample) -> Result<Vec<Case>> {
    let event = sample.event("configuration");
    let get = Case {
        sent: "Peeker    GET instead of POST".to_owned(),
        request: request("GET /hooks/peeker", &[], b"", Framing::Length),
        origin: Origins::AsItIs,
        answer: "405 method_not_allowed",
        forwarded: None,
    };
    let at = |source: &'static str| Event { source, ..event.clone() };
    Ok(vec![
        at("waiting").answered("genuine, but its secret isn't set yet", "503 misconfigured")?,
        at("nobody").answered("a source that isn't configured", "404 not_found")?,
        get,
        event.delivered("genuine, after all that")?,
    ])
}

/// What a provider's events look like here.
struct Sample {
    scheme: &'static Scheme,
    kind: &'static str,
    unwanted: &'static str,
    now: UnixTime,
}

impl Sample {
    fn event(&self, name: &str) -> Event {
        Event::new(self.scheme, self.kind, name, self.now)
    }
}

impl Event {
    fn delivered(self, what: &str) -> Result<Case> {
        let body = self.body.clone();
        Ok(Case { forwarded: Some(body), ..self.answered(what, "200 delivered")? })
    }

    fn refused(self, what: &str) -> Result<Case> {
        self.answered(what, "401 unauthorized")
    }

    fn answered(self, what: &str, answer: &'static str) -> Result<Case> {
        Ok(Case {
            sent: self.titled(what),
            request: self.request()?,
            origin: Origins::AsItIs,
            answer,
            forwarded: None,
        })
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
