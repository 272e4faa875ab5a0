use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Request, Response};
use worker::{Context, Env};

use super::body::Received;
use super::isolate::{Isolate, write_log};
use super::request::RequestHead;
use super::respond::respond;
use super::{accept, clock, digest, global, relay};
use crate::gateway::{Admission, Event, LogLine, Mode, Refusal, Reply, Source, admit};
use crate::time::UnixTime;

/// Serves one request.
///
/// The work goes on if the client hangs up: a destination that has accepted an event and a store
/// that knows of it must not be torn apart.
///
/// # Errors
/// Whatever JavaScript throws when a response can't be made, which it does not do for ours.
pub async fn handle(request: Request, env: Env, context: Context) -> Result<Response, JsValue> {
    let context = Rc::new(context);
    let serving = serve(request, env, Rc::clone(&context));
    let promise = future_to_promise(async move { serving.await.map(JsValue::from) });
    context.as_ref().as_ref().wait_until(&promise)?;
    JsFuture::from(promise).await?.dyn_into()
}

pub(super) async fn serve(
    request: Request,
    env: Env,
    context: Rc<Context>,
) -> Result<Response, JsValue> {
    let received_at = clock::now();
    let request_id = global::crypto()?.random_uuid();
    let isolate = Isolate::of(&env);
    let head = RequestHead::of(&request);

    let (reply, log) = match admit(&isolate.config, &head.as_head(), received_at) {
        Admission::Health { is_healthy } => (Reply::health(is_healthy), None),
        Admission::Refused { source, refusal } => refused(&isolate, source, &refusal),
        Admission::Hook(source) => {
            let (env, request_id) = (&env, request_id.as_str());
            let hook = Hook { isolate: &isolate, source, env, context, request_id, received_at };
            hook.run(&request, &head)
                .await
                .unwrap_or_else(|refusal| refused(&isolate, Some(source.name()), &refusal))
        }
    };
    if let Some(mut log) = log {
        log.request_id.clone_from(&request_id);
        log.latency_ms = clock::now().millis_since(received_at);
        write_log(log.level(), &log.to_json());
    }
    respond(&reply, &request_id)
}

/// An answer, and its record.
pub(super) type Answer = (Reply, Option<LogLine>);

fn refused(isolate: &Isolate, source: Option<&str>, refusal: &Refusal) -> Answer {
    let reply = Reply::refused(refusal, isolate.config.explain());
    let log = LogLine::refused(source, refusal, &reply);
    (reply, Some(log))
}

/// One request to one source.
pub(super) struct Hook<'r> {
    pub(super) isolate: &'r Isolate,
    pub(super) source: &'r Source,
    pub(super) env: &'r Env,
    pub(super) context: Rc<Context>,
    pub(super) request_id: &'r str,
    received_at: UnixTime,
}

impl Hook<'_> {
    /// Headers, body, verdict; then what its mode does with it.
    async fn run(&self, request: &Request, head: &RequestHead) -> Result<Answer, Refusal> {
        let prepared = self.source.verifier().prepare(head.headers(), clock::now())?;
        let is_length_known = head.as_head().declares_length();
        let body = Received::read(request, is_length_known, self.source.max_body_bytes()).await?;
        let (digests, body_digest) = digest::of_request(&prepared, &body).await;
        let verified = prepared.finish_with_digests(&digests, body.bytes(), clock::now())?;

        let event = Event::new(self.source, verified, body_digest, self.received_at);
        if !event.is_wanted() {
            let reply = Reply::filtered(&event.id());
            let log = LogLine::filtered(self.source.name(), &event, &reply);
            return Ok((reply, Some(log)));
        }
        let content_type = head.header("content-type");
        match self.source.mode() {
            Mode::Relay => Ok(relay::forward(self, &event, &body, content_type).await),
            Mode::Inbox(_) => accept::store(self, &event, &body, content_type).await,
        }
    }
}
