use wasm_bindgen::JsValue;

use super::bodies::Bodies;
use super::body::Received;
use super::failure;
use super::inbox::Shard;
use super::serve::{Answer, Hook};
use crate::gateway::inbox::{Acceptance, Entry, LARGEST_ROW_BODY};
use crate::gateway::{Event, LogLine, Refusal, Reply};

/// Stores a genuine event in the inbox, and answers once it is there.
pub(super) async fn store(
    hook: &Hook<'_>,
    event: &Event<'_>,
    body: &Received,
    content_type: Option<&str>,
) -> Result<Answer, Refusal> {
    let Some(_pass) = hook.isolate.enter() else { return Err(Refusal::Unavailable) };
    let entry = Entry::new(event, content_type, hook.request_id);
    let stored = if body.bytes().len() > LARGEST_ROW_BODY {
        let bodies = Bodies::of(hook.env).ok_or(Refusal::TooLarge)?;
        store_large(hook, &entry, body, &bodies).await
    } else {
        hand_over(hook, &entry, body.original()).await
    };
    let acceptance = stored.map_err(|error| {
        failure::record("inbox", &failure::text(&error));
        Refusal::Unavailable
    })?;
    let reply = Reply::accepted(&event.id(), &acceptance);
    let log = LogLine::accepted(hook.source.name(), event, &acceptance, &reply);
    Ok((reply, Some(log)))
}

async fn hand_over(hook: &Hook<'_>, entry: &Entry, body: &JsValue) -> Result<Acceptance, JsValue> {
    Shard::of(hook.env, hook.source.name(), entry.shard())?.accept(entry, body).await
}

/// The body first: what the inbox refers to must be there.
async fn store_large(
    hook: &Hook<'_>,
    entry: &Entry,
    body: &Received,
    bodies: &Bodies,
) -> Result<Acceptance, JsValue> {
    let key = [hook.source.name(), hook.request_id].join("/");
    bodies.put(&key, body.original()).await?;
    let acceptance = hand_over(hook, entry, &key.as_str().into()).await?;
    if !acceptance.keeps_body() {
        // One that stays behind costs its storage, nothing else.
        let _deleted = bodies.delete(&[key]).await;
    }
    Ok(acceptance)
}
