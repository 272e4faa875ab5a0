use js_sys::{Array, Iterator};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Request;

use crate::gateway::Head;

/// A request's head, out of JavaScript in few crossings.
#[derive(Debug)]
pub(super) struct RequestHead {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl RequestHead {
    pub(super) fn of(request: &Request) -> Self {
        Self { method: request.method(), url: request.url(), headers: headers(request) }
    }

    pub(super) fn as_head(&self) -> Head<'_> {
        Head {
            method: &self.method,
            url: &self.url,
            content_encoding: self.header("content-encoding"),
            content_length: self.header("content-length"),
        }
    }

    /// All headers; the runtime has joined several of one name with `, `.
    pub(super) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// All headers in one string: `name,value`, a line each. A name has no comma, and neither has a
/// line break. A byte that is no text has become U+FFFD, which no header of a scheme may hold.
fn headers(request: &Request) -> Vec<(String, String)> {
    let headers: JsValue = request.headers().into();
    let pairs = Array::from(headers.unchecked_ref::<Iterator>());
    String::from(pairs.join("\n"))
        .lines()
        .filter_map(|line| line.split_once(','))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
