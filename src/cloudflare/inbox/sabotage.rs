//! A mistake that can be switched on, to see the kill test find what it loses.

use std::rc::Rc;
use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::object::Object;
use crate::cloudflare::clock;
use crate::gateway::inbox::Acceptance;
use crate::gateway::sabotage::{Bug, is_on};

/// Answers at once and writes a little later, if that bug is on; else it gives the object back.
pub(super) fn acknowledge(
    object: Rc<Object>,
    entry: &str,
    body: &JsValue,
) -> Result<JsValue, Rc<Object>> {
    if !is_on(Bug::AcknowledgeBeforeStore) {
        return Err(object);
    }
    let (entry, body) = (entry.to_owned(), body.clone());
    spawn_local(async move {
        let never = Promise::new(&mut |_, _| {});
        clock::within(Duration::from_millis(30), &never).await;
        // What comes of it, nobody asks.
        let _stored = object.accept(&entry, &body).await;
    });
    Ok(Acceptance::Fresh.to_json().into())
}
