use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::{Context, Env};

/// What makes the built wasm a Worker; `entry.js` calls it, and keeps it going if the client hangs
/// up. The `worker` crate's own macro would wrap it into conversions that we have no use for, at a
/// tenth of the wasm's size.
///
/// # Errors
/// See [`handle`](super::handle).
#[wasm_bindgen]
pub async fn fetch(
    request: Request,
    env: Env,
    context: worker::worker_sys::Context,
) -> Result<Response, JsValue> {
    super::serve::serve(request, env, Rc::new(Context::new(context))).await
}
