use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Request, Response};
use worker::{Context, Env};

use super::body::Received;
use super::isolate::{Isolate, write_log};
use super::request::RequestHead;
use super::respond::respond;
use super::store::{Store, Unavailable};
use super::{clock, destination, digest, global};
use crate::gateway::{
    Admission, Claim, Decision, DedupeLog, Event, LogLine, Refusal, Reply, Seen, Source, admit,
};
use crate::time::UnixTime;

/// Serves one request in relay mode.
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

async fn serve(request: Request, env: Env, context: Rc<Context>) -> Result<Response, JsValue> {
    let received_at = clock::now();
    let request_id = global::crypto()?.random_uuid();
    let isolate = Isolate::of(&env);
    let head = RequestHead::of(&request);

    let (reply, log) = match admit(&isolate.config, &head.as_head(), received_at) {
        Admission::Health { is_healthy } => (Reply::health(is_healthy), None),
        Admission::Refused { source, refusal } => refused(&isolate, source, &refusal),
        Admission::Hook(source) => {
            let relay = Relay { isolate: &isolate, source, env: &env, context, received_at };
            relay
                .run(&request, &head)
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
type Answer = (Reply, Option<LogLine>);

fn refused(isolate: &Isolate, source: Option<&str>, refusal: &Refusal) -> Answer {
    let reply = Reply::refused(refusal, isolate.config.explain());
    let log = LogLine::refused(source, refusal, &reply);
    (reply, Some(log))
}

/// One request to one source.
struct Relay<'r> {
    isolate: &'r Isolate,
    source: &'r Source,
    env: &'r Env,
    context: Rc<Context>,
    received_at: UnixTime,
}

impl Relay<'_> {
    /// Headers, body, verdict; then what to do with it.
    async fn run(&self, request: &Request, head: &RequestHead) -> Result<Answer, Refusal> {
        let prepared = self.source.verifier().prepare(head.headers(), clock::now())?;
        let is_length_known = head.as_head().declares_length();
        let body = Received::read(request, is_length_known, self.source.max_body_bytes()).await?;
        let (digests, body_digest) = digest::of_request(&prepared, &body).await;
        let verified = prepared.finish_with_digests(&digests, body.bytes(), clock::now())?;

        let event = Event::new(self.source, verified, body_digest, self.received_at);
        Ok(self.act_on(&event, &body, head.header("content-type")).await)
    }

    async fn act_on(
        &self,
        event: &Event<'_>,
        body: &Received,
        content_type: Option<&str>,
    ) -> Answer {
        let source = self.source.name();
        if !event.is_wanted() {
            let reply = Reply::filtered(&event.id());
            let log = LogLine::filtered(source, event, &reply);
            return (reply, Some(log));
        }
        let claim = self.isolate.claim(event, clock::now());
        if claim == Some(Claim::Taken) {
            let reply = Reply::refused(&Refusal::InFlight, false);
            let log = LogLine::in_flight(source, event, &reply);
            return (reply, Some(log));
        }
        let answer = self.dedupe(event, body, content_type).await;
        self.isolate.release(claim);
        answer
    }

    /// Asks the store, and forwards what is not a duplicate. A store that can't be asked never
    /// stands in the way of an event.
    async fn dedupe(
        &self,
        event: &Event<'_>,
        body: &Received,
        content_type: Option<&str>,
    ) -> Answer {
        let store = Store::of(self.env);
        let seen = match event.store_key() {
            Some(key) => store.get(&key).await,
            None => Ok(None),
        };
        let decision = event.judge(seen.as_ref().ok().and_then(Option::as_ref), clock::now());
        if let Decision::Duplicate { first_seen, replay_from } = decision {
            let reply = Reply::duplicate(&event.id(), first_seen, replay_from);
            let log = LogLine::duplicate(self.source.name(), event, &reply);
            return (reply, Some(log));
        }
        let memory = Memory { store, seen };
        self.forward(event, &decision, memory, body, content_type).await
    }

    /// Forwards, and marks afterwards: never before the destination has accepted.
    async fn forward(
        &self,
        event: &Event<'_>,
        decision: &Decision,
        memory: Memory,
        body: &Received,
        content_type: Option<&str>,
    ) -> Answer {
        let dedupe = DedupeLog::of(event, decision, memory.seen.is_ok());
        let transmit = event.transmit(decision, content_type, clock::now());
        let outcome = destination::send(&transmit, body).await;
        let is_forgotten =
            outcome.is_delivered() && self.remember(event, decision, memory).await.is_err();

        let reply = Reply::outcome(&event.id(), decision, outcome);
        let mut log = LogLine::sent(self.source.name(), event, outcome, dedupe, &reply);
        log.stored = is_forgotten.then_some(false);
        (reply, Some(log))
    }

    /// Puts the mark into the store. What could not be read before is read again: it must not be
    /// overwritten unseen.
    async fn remember(
        &self,
        event: &Event<'_>,
        decision: &Decision,
        memory: Memory,
    ) -> Result<(), Unavailable> {
        let Some(key) = event.store_key() else {
            return Ok(());
        };
        let seen = match memory.seen {
            Ok(seen) => seen,
            Err(Unavailable) => memory.store.get(&key).await?,
        };
        match event.mark(seen, decision, clock::now()) {
            Some(mark) => memory.store.put(&mark, &self.context).await,
            None => Ok(()),
        }
    }
}

/// The store, and what it said of an event.
struct Memory {
    store: Store,
    seen: Result<Option<Seen>, Unavailable>,
}
