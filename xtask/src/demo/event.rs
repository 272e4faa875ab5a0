//! Events as the two providers send them, and as others would like to.

use anyhow::Result;
use countersign::UnixTime;
use countersign::scheme::Scheme;
use countersign::sign::Outgoing;

use crate::http::{Framing, request};
use crate::provider::{headers, sample_secret};

/// An event that is signed first, and may then be tampered with.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) scheme: &'static Scheme,
    pub(super) source: &'static str,
    pub(super) secret: String,
    pub(super) id: Option<String>,
    pub(super) kind: &'static str,
    pub(super) at: UnixTime,
    pub(super) body: Vec<u8>,
    /// Sent in place of what was signed.
    pub(super) sent_body: Option<Vec<u8>>,
    pub(super) edit: Option<Edit>,
    pub(super) framing: Framing,
}

impl Event {
    /// To the source that is called as its scheme is.
    pub(super) fn new(
        scheme: &'static Scheme,
        kind: &'static str,
        name: &str,
        at: UnixTime,
    ) -> Self {
        Self {
            scheme,
            source: scheme.name,
            secret: sample_secret(scheme, ""),
            id: scheme.event_id.map(|_| format!("evt_{name}")),
            kind,
            at,
            body: body(kind, name),
            sent_body: None,
            edit: None,
            framing: Framing::Length,
        }
    }

    pub(super) fn with_key(mut self, role: &str) -> Self {
        self.secret = sample_secret(self.scheme, role);
        self
    }

    pub(super) fn moved_by(mut self, millis: i64) -> Self {
        self.at = UnixTime::from_millis(self.at.as_millis() + millis);
        self
    }

    /// Who sends it, and what it is.
    pub(super) fn titled(&self, what: &str) -> String {
        format!("{:<9} {what}", self.scheme.title)
    }

    /// The bytes of the request.
    pub(super) fn request(&self) -> Result<Vec<u8>> {
        let body = self.sent_body.as_ref().unwrap_or(&self.body);
        let start = format!("POST /hooks/{}", self.source);
        Ok(request(&start, &self.headers()?, body, self.framing))
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

pub(super) fn body(kind: &str, name: &str) -> Vec<u8> {
    // Where the header names the type, the body of our sample doesn't.
    let envelope =
        if kind.starts_with("hull") || kind.starts_with("payment") { "reference" } else { "type" };
    format!(r#"{{"{envelope}":"{kind}","data":{{"name":"{name}","price":"1.50"}}}}"#).into_bytes()
}

/// What is done to the headers after signing.
#[derive(Clone)]
pub(super) enum Edit {
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
