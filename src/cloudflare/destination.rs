use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response};

use super::body::Received;
use super::global::global;
use crate::gateway::{Outcome, Transmit};

/// Sends an event to its destination, and says what came of it.
pub(super) async fn send(transmit: &Transmit<'_>, body: &Received) -> Outcome {
    let signal = AbortSignal::timeout_with_u32(transmit.timeout_millis());
    match fetch(transmit, body, &signal).await {
        Ok(response) => outcome(&response),
        Err(_) if signal.aborted() => Outcome::TimedOut,
        Err(_) => Outcome::Unreachable,
    }
}

async fn fetch(
    transmit: &Transmit<'_>,
    body: &Received,
    signal: &AbortSignal,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &transmit.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.to_send(transmit.body));
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    let promise = global().fetch_with_str_and_init(transmit.url, &init);
    JsFuture::from(promise).await?.dyn_into()
}

fn outcome(response: &Response) -> Outcome {
    let retry_after = response.headers().get("retry-after").ok().flatten();
    if let Some(body) = response.body() {
        // The status decides; nobody waits for the rest, however long it is.
        let _cancelled = body.cancel();
    }
    Outcome::of_answer(response.status(), retry_after.as_deref())
}
