use std::time::Duration;

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestInit, RequestRedirect, Response,
};

use super::body::next_chunk;
use super::clock::Timer;
use super::failure;
use super::global::global;
use crate::gateway::inbox::Attempt;
use crate::gateway::{Outcome, Transmit};
use crate::time::UnixTime;

/// How much of a destination's answer is kept, in bytes.
const KEPT_OF_ANSWER: usize = 64 * 1024;

/// A request to a destination, as JavaScript takes it.
#[derive(Debug)]
pub(super) struct Outbound {
    url: String,
    init: RequestInit,
    controller: AbortController,
    /// How long it may take.
    pub(super) timeout: Duration,
}

impl Outbound {
    /// `body` is what goes out, and the same as the transmit's. Whoever sends it calls `abort` when
    /// its time is up.
    pub(super) fn new(transmit: &Transmit<'_>, body: &JsValue) -> Result<Self, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &transmit.headers {
            headers.append(name, value)?;
        }
        let controller = AbortController::new()?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_body(body);
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&controller.signal()));
        Ok(Self { url: transmit.url.to_owned(), init, controller, timeout: transmit.timeout })
    }

    /// A function that ends it, wherever it is.
    pub(super) fn abort(&self) -> Result<Function, JsValue> {
        let abort = Reflect::get(&self.controller, &"abort".into())?.dyn_into::<Function>()?;
        Ok(abort.bind1(&self.controller, &"it took too long".into()).unchecked_into())
    }

    async fn fetch(&self) -> Result<Response, JsValue> {
        let promise = global().fetch_with_str_and_init(&self.url, &self.init);
        JsFuture::from(promise).await?.dyn_into()
    }

    /// What an exception instead of an answer means.
    fn failed(&self, error: &str) -> Outcome {
        Outcome::of_failure(error, self.controller.signal().aborted())
    }
}

/// Sends an event to its destination, and says what came of it.
pub(super) async fn send(transmit: &Transmit<'_>, body: &JsValue) -> Outcome {
    let prepared = Outbound::new(transmit, body).and_then(|outbound| {
        let abort = outbound.abort()?;
        Ok((outbound, Timer::start(transmit.timeout, &abort, &JsValue::UNDEFINED)))
    });
    let Ok((outbound, _deadline)) = prepared else { return Outcome::Unreachable };
    match outbound.fetch().await {
        Ok(response) => {
            if let Some(body) = response.body() {
                // The status decides; nobody waits for the rest, however long it is.
                let _cancelled = body.cancel();
            }
            outcome(&response)
        }
        Err(error) => outbound.failed(&failure::text(&error)),
    }
}

/// The same, with the beginning of the answer.
pub(super) async fn attempt(outbound: &Outbound, started_at: UnixTime) -> Attempt {
    match outbound.fetch().await {
        Ok(response) => {
            let answer = beginning(&response).await;
            Attempt { outcome: outcome(&response), started_at, answer, error: None }
        }
        Err(error) => {
            let error = failure::text(&error);
            let outcome = outbound.failed(&error);
            Attempt { outcome, started_at, answer: String::new(), error: Some(error) }
        }
    }
}

fn outcome(response: &Response) -> Outcome {
    let retry_after = response.headers().get("retry-after").ok().flatten();
    Outcome::of_answer(response.status(), retry_after.as_deref())
}

/// What comes of the answer's body before its time is up, and no more of it than is kept.
async fn beginning(response: &Response) -> String {
    let mut bytes = Vec::new();
    let Some(body) = response.body() else { return String::new() };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    while let Ok(Some(chunk)) = next_chunk(&reader).await {
        bytes.extend(chunk.to_vec());
        if bytes.len() >= KEPT_OF_ANSWER {
            // Nobody waits for the rest, however long it is.
            let _cancelled = reader.cancel();
            break;
        }
    }
    bytes.truncate(KEPT_OF_ANSWER);
    String::from_utf8_lossy(&bytes).into_owned()
}
