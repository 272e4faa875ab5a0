//! A gateway without a platform: what the adapter does, with a map for a store and a given outcome
//! for a destination.

use std::collections::BTreeMap;

use countersign::gateway::{
    Admission, Claim, Config, Decision, DedupeLog, Event, Head, InFlight, LogLine, Mark, Outcome,
    Refusal, Reply, Seen, Source, admit,
};
use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS, Scheme};
use countersign::sign::{Outgoing, sign};
use countersign::{Digest, Headers, Secret, Strength, UnixTime};
use serde_json::{Value, json};

pub(crate) type Environment = BTreeMap<String, String>;

pub(crate) const PEEKER_SECRET: &str = "the secret from Peeker's portal";
pub(crate) const BOATEROS_SECRET: &str = "the secret from Boateros' portal";
pub(crate) const STANDARD_SECRET: &str = "whsec_c3RhbmRhcmQgd2ViaG9va3Mgc2VjcmV0";
pub(crate) const APP_SIGNING_SECRET: &str = "whsec_c2lnbmVkIGFuZXcgZm9yIHRoZSBhcHA=";

/// 2025-11-21T16:00:00Z.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);
pub(crate) const OK: Outcome = Outcome::Delivered { status: 200 };

/// The time so many seconds after [`NOW`].
pub(crate) fn after(secs: i64) -> UnixTime {
    UnixTime::from_secs(NOW.as_secs() + secs)
}

/// `SOURCES` as given, the secrets of all schemes, and a store.
pub(crate) fn environment(sources: &Value) -> Environment {
    [
        ("SOURCES", sources.to_string().as_str()),
        ("SEEN", "{}"),
        ("PEEKER_SECRET", PEEKER_SECRET),
        ("BOATEROS_SECRET", BOATEROS_SECRET),
        ("STANDARD_SECRET", STANDARD_SECRET),
        ("APP_SIGNING_SECRET", APP_SIGNING_SECRET),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into()
}

/// A source of the scheme with its secret, and with these settings on top.
pub(crate) fn source(scheme: &str, settings: &Value) -> Value {
    let secret = match scheme {
        "peeker" => "PEEKER_SECRET",
        "boateros" => "BOATEROS_SECRET",
        _ => "STANDARD_SECRET",
    };
    let mut source = json!({
        "scheme": scheme,
        "mode": "relay",
        "secrets": [secret],
        "destinations": [{ "name": "app", "url": "https://app.example.com/in" }],
    });
    for (name, value) in settings.as_object().unwrap() {
        source[name] = value.clone();
    }
    source
}

/// One source of each scheme, named after it.
pub(crate) fn one_of_each() -> Value {
    json!({
        "peeker": source("peeker", &json!({})),
        "boateros": source("boateros", &json!({})),
        "standard": source("standard-webhooks", &json!({})),
    })
}

/// A request as it comes over the network.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A genuine request of one of the providers to `/hooks/{source}`.
    pub(crate) fn signed(source: &str, id: &str, at: UnixTime, body: &[u8]) -> Self {
        let (scheme, secret): (&'static Scheme, _) = match source {
            "peeker" => (&PEEKER, PEEKER_SECRET),
            "boateros" => (&BOATEROS, BOATEROS_SECRET),
            _ => (&STANDARD_WEBHOOKS, STANDARD_SECRET),
        };
        let secret = Secret::parse(secret, scheme.secret, Strength::Required).unwrap();
        let message = Outgoing { event_id: Some(id), event_type: None, timestamp: at, body };
        let headers = sign(scheme, &[&secret], &message).unwrap();
        Self {
            method: "POST".to_owned(),
            url: format!("https://hooks.example.com/hooks/{source}"),
            headers: headers.into_iter().map(|(k, v)| (k.to_owned(), v.into_bytes())).collect(),
            body: body.to_vec(),
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    /// The value of a header, as Fetch joins it.
    fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.headers.get_all(name).map(String::from_utf8_lossy).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// What went out to the destination.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A gateway, with all that it has stored and sent.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) config: Config,
    pub(crate) store: BTreeMap<String, Mark>,
    pub(crate) in_flight: InFlight,
    pub(crate) sent: Vec<Sent>,
    /// The last line of the log.
    pub(crate) log: String,
}

impl Relay {
    pub(crate) fn new(environment: &Environment) -> Self {
        Self {
            config: Config::read(environment),
            store: BTreeMap::new(),
            in_flight: InFlight::default(),
            sent: Vec::new(),
            log: String::new(),
        }
    }

    /// Serves a request whose event, if it comes to that, has this outcome at the destination.
    pub(crate) fn serve(&mut self, request: &Request, now: UnixTime, outcome: Outcome) -> Reply {
        let encoding = request.header("content-encoding");
        let length = request.header("content-length");
        let head = Head {
            method: &request.method,
            url: &request.url,
            content_encoding: encoding.as_deref(),
            content_length: length.as_deref(),
        };
        let parts = (&mut self.store, &mut self.in_flight, &mut self.sent);
        let (reply, log) = match admit(&self.config, &head, now) {
            Admission::Health { is_healthy } => (Reply::health(is_healthy), None),
            Admission::Refused { source, refusal } => refused(&self.config, source, &refusal),
            Admission::Hook(source) => {
                let mut hook =
                    Hook { source, now, store: parts.0, in_flight: parts.1, sent: parts.2 };
                hook.run(request, outcome)
                    .unwrap_or_else(|refusal| refused(&self.config, Some(source.name()), &refusal))
            }
        };
        if let Some(log) = log {
            self.log = log.to_json();
        }
        reply
    }
}

type Answer = (Reply, Option<LogLine>);

fn refused(config: &Config, source: Option<&str>, refusal: &Refusal) -> Answer {
    let reply = Reply::refused(refusal, config.explain());
    let log = LogLine::refused(source, refusal, &reply);
    (reply, Some(log))
}

struct Hook<'r> {
    source: &'r Source,
    now: UnixTime,
    store: &'r mut BTreeMap<String, Mark>,
    in_flight: &'r mut InFlight,
    sent: &'r mut Vec<Sent>,
}

impl Hook<'_> {
    fn run(&mut self, request: &Request, outcome: Outcome) -> Result<Answer, Refusal> {
        let prepared = self.source.verifier().prepare(&request.headers, self.now)?;
        if request.body.len() > self.source.max_body_bytes() {
            return Err(Refusal::TooLarge);
        }
        let verified = prepared.finish(&request.body, self.now)?;
        let event = Event::new(self.source, verified, Digest::of(&request.body), self.now);
        Ok(self.act_on(&event, request.header("content-type").as_deref(), outcome))
    }

    fn act_on(
        &mut self,
        event: &Event<'_>,
        content_type: Option<&str>,
        outcome: Outcome,
    ) -> Answer {
        let source = self.source.name();
        if !event.is_wanted() {
            let reply = Reply::filtered(&event.id());
            let log = LogLine::filtered(source, event, &reply);
            return (reply, Some(log));
        }
        let key = event.claim_key();
        let claim = key.map(|key| self.in_flight.claim(&key, self.now, event.lease()));
        if claim == Some(Claim::Taken) {
            let reply = Reply::refused(&Refusal::InFlight, false);
            let log = LogLine::in_flight(source, event, &reply);
            return (reply, Some(log));
        }
        let answer = self.dedupe(event, content_type, outcome);
        if let Some(Claim::Granted(ticket)) = claim {
            self.in_flight.release(ticket);
        }
        answer
    }

    fn dedupe(
        &mut self,
        event: &Event<'_>,
        content_type: Option<&str>,
        outcome: Outcome,
    ) -> Answer {
        let source = self.source.name();
        let seen = event.store_key().and_then(|key| self.get(&key));
        let decision = event.judge(seen.as_ref(), self.now);
        if let Decision::Duplicate { first_seen, replay_from } = decision {
            let reply = Reply::duplicate(&event.id(), first_seen, replay_from);
            let log = LogLine::duplicate(source, event, &reply);
            return (reply, Some(log));
        }
        let transmit = event.transmit(&decision, content_type, self.now);
        self.sent.push(Sent {
            url: transmit.url.to_owned(),
            headers: transmit.headers,
            body: transmit.body.to_vec(),
        });
        let mark = event.mark(seen, &decision, self.now).filter(|_| outcome.is_delivered());
        if let Some(mark) = mark {
            self.store.insert(mark.key.clone(), mark);
        }
        let reply = Reply::outcome(&event.id(), &decision, outcome);
        let dedupe = DedupeLog::of(event, &decision, true);
        let log = LogLine::sent(source, event, outcome, dedupe, &reply);
        (reply, Some(log))
    }

    fn get(&self, key: &str) -> Option<Seen> {
        self.store.get(key).and_then(|mark| Seen::parse(&mark.value))
    }
}
