//! What the two providers, and others in their name, send to the gateway.

use anyhow::Result;
use countersign::UnixTime;
use countersign::scheme::{BOATEROS, PEEKER, Scheme};
use countersign::sign::Outgoing;

use super::{OLD, OLDER};
use crate::http::{Framing, request};
use crate::provider::{headers, sample_secret};

/// The most that both sources take.
pub(crate) const MAX_BODY_BYTES: usize = 65_536;

const TEN_MINUTES_MS: i64 = 600_000;

/// One request, and what should come of it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) sent: String,
    pub(crate) request: Vec<u8>,
    /// What happens to the origin before.
    pub(crate) origin: Origins,
    /// The status and the word in the answer.
    pub(crate) answer: &'static str,
    /// The body that the origin gets, if it gets one.
    pub(crate) forwarded: Option<Vec<u8>>,
}

/// What happens to the origin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origins {
    AsItIs,
    Down,
    Up,
}

/// All of them, in the order in which they are sent.
pub(crate) fn all(now: UnixTime) -> Result<Vec<Case>> {
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
        Event {
            scheme: self.scheme,
            source: self.scheme.name,
            secret: sample_secret(self.scheme, ""),
            id: self.scheme.event_id.map(|_| format!("evt_{name}")),
            kind: self.kind,
            at: self.now,
            body: body(self.kind, name),
            sent_body: None,
            edit: None,
            framing: Framing::Length,
        }
    }
}

fn body(kind: &str, name: &str) -> Vec<u8> {
    // Where the header names the type, the body of our sample doesn't.
    let envelope =
        if kind.starts_with("hull") || kind.starts_with("payment") { "reference" } else { "type" };
    format!(r#"{{"{envelope}":"{kind}","data":{{"name":"{name}","price":"1.50"}}}}"#).into_bytes()
}

/// An event that is signed first, and may then be tampered with.
#[derive(Clone)]
struct Event {
    scheme: &'static Scheme,
    source: &'static str,
    secret: String,
    id: Option<String>,
    kind: &'static str,
    at: UnixTime,
    body: Vec<u8>,
    /// Sent in place of what was signed.
    sent_body: Option<Vec<u8>>,
    edit: Option<Edit>,
    framing: Framing,
}

impl Event {
    fn with_key(mut self, role: &str) -> Self {
        self.secret = sample_secret(self.scheme, role);
        self
    }

    fn moved_by(mut self, millis: i64) -> Self {
        self.at = UnixTime::from_millis(self.at.as_millis() + millis);
        self
    }

    fn delivered(self, what: &str) -> Result<Case> {
        let body = self.body.clone();
        Ok(Case { forwarded: Some(body), ..self.answered(what, "200 delivered")? })
    }

    fn refused(self, what: &str) -> Result<Case> {
        self.answered(what, "401 unauthorized")
    }

    fn answered(self, what: &str, answer: &'static str) -> Result<Case> {
        let body = self.sent_body.as_ref().unwrap_or(&self.body);
        let start = format!("POST /hooks/{}", self.source);
        Ok(Case {
            sent: format!("{:<9} {what}", self.scheme.title),
            request: request(&start, &self.headers()?, body, self.framing),
            origin: Origins::AsItIs,
            answer,
            forwarded: None,
        })
    }

    fn headers(&self) -> Result<Vec<(String, String)>> {
        let message = Outgoing {
            event_id: self.id.as_deref(),
            event_type: Some(self.kind),
            timestamp: self.at,
            body: &self.body,
        };
        let mut headers = headers(self.scheme, &self.secret, &message)?;
        if let Some(edit) = &self.edit {
            edit.apply(self.scheme, &mut headers);
        }
        Ok(headers)
    }
}

/// What is done to the headers after signing.
#[derive(Clone)]
enum Edit {
    CutZone,
    OtherId(String),
    RepeatTimestamp,
}

impl Edit {
    fn apply(&self, scheme: &Scheme, headers: &mut Vec<(String, String)>) {
        let timestamp = scheme.timestamp.map(|timestamp| timestamp.header);
        let header = if matches!(self, Self::OtherId(_)) { scheme.event_id } else { timestamp };
        let Some((name, value)) =
            headers.iter_mut().find(|(name, _)| Some(name.as_str()) == header)
        else {
            return;
        };
        match self {
            Self::CutZone => *value = value.trim_end_matches('Z').to_owned(),
            Self::OtherId(id) => value.clone_from(id),
            Self::RepeatTimestamp => {
                let again = (name.clone(), value.clone());
                headers.push(again);
            }
        }
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
