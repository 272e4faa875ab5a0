use std::fmt;
use std::rc::Rc;

use countersign::UnixTime;
use countersign::scheme::{PEEKER, Scheme};
use countersign::sign::{Outgoing, sign};
use countersign::{Secret, Strength};

use crate::random::Random;

/// An event, as the provider has it. No two have the same body.
#[derive(Clone)]
pub(crate) struct Original {
    pub(crate) id: String,
    pub(crate) event_type: &'static str,
    pub(crate) body: Rc<[u8]>,
    pub(crate) content_type: Option<&'static str>,
    /// Whether another one has the same id.
    pub(crate) is_twin: bool,
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, event_type, body, content_type, is_twin } = self;
        let twin = if *is_twin { ", another one has its id" } else { "" };
        write!(f, "{id}, {event_type}, {content_type:?}, {} bytes{twin}", body.len())
    }
}

/// A request as it comes over the network.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Rc<[u8]>,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }
}

impl Original {
    pub(crate) fn new(random: &mut Random, scheme: &'static Scheme, number: usize) -> Self {
        let event_type = *random.pick(types(scheme));
        let content_type = *random.pick(&[
            Some("application/json"),
            Some("application/json; charset=utf-8"),
            None,
        ]);
        Self {
            id: format!("evt_{number}"),
            event_type,
            body: body(random, event_type, number).into(),
            content_type,
            is_twin: false,
        }
    }

    /// The second one is long.
    pub(crate) fn small(random: &mut Random, scheme: &'static Scheme, number: usize) -> Self {
        let padding = "x".repeat(if number == 1 { LONG } else { 0 });
        let body = format!(r#"{{"number":{number},"data":"{padding}"}}"#).into_bytes();
        Self { body: body.into(), ..Self::new(random, scheme, number) }
    }

    /// Signed by the provider at this time.
    pub(crate) fn signed(&self, scheme: &'static Scheme, at: i64) -> Message {
        self.signed_with(scheme, provider_secret(scheme), at, &self.body)
    }

    /// Under its id, with this secret and this body.
    pub(crate) fn signed_with(
        &self,
        scheme: &'static Scheme,
        secret: &str,
        at: i64,
        body: &[u8],
    ) -> Message {
        let secret = Secret::parse(secret, scheme.secret, Strength::Required).unwrap();
        let message = Outgoing {
            event_id: Some(&self.id),
            event_type: Some(self.event_type),
            timestamp: UnixTime::from_millis(at),
            body,
        };
        let headers = sign(scheme, &[&secret], &message).unwrap();
        let mut headers: Vec<(String, Vec<u8>)> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        if let Some(content_type) = self.content_type {
            headers.push(("Content-Type".to_owned(), content_type.into()));
        }
        Message { headers, body: body.into() }
    }
}

pub(crate) const WRONG_SECRET: &str = "a secret that nobody has given out";

pub(crate) fn provider_secret(scheme: &Scheme) -> &'static str {
    if scheme.name == PEEKER.name {
        "the secret from Peeker's portal"
    } else {
        "the secret from Boateros' portal"
    }
}

fn types(scheme: &Scheme) -> &'static [&'static str] {
    if scheme.name == PEEKER.name {
        &["order.completed", "order.failed", "domain.connected"]
    } else {
        &["hull.sold", "hull.updated", "deal.opened"]
    }
}

/// Mostly JSON, some of it long, some no text at all.
fn body(random: &mut Random, event_type: &str, number: usize) -> Vec<u8> {
    if random.percent(10) {
        return [b"\xff\x00\xfe ", number.to_string().as_bytes()].concat();
    }
    let length = *random.pick(&[0, 10, 100, LONG + 1]);
    let padding = "x".repeat(length);
    format!(r#"{{"type":"{event_type}","number":{number},"data":"{padding}"}}"#).into_bytes()
}

/// What is longer goes into the object store: there the gateway's own limit would be too slow.
pub(crate) const LONG: usize = 3000;
