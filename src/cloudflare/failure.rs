use js_sys::Object;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::isolate::write_log;

/// What an exception says.
pub(super) fn text(error: &JsValue) -> String {
    if let Some(text) = error.as_string() {
        return text;
    }
    match error.dyn_ref::<Object>() {
        Some(object) => object.to_string().into(),
        None => "unknown".to_owned(),
    }
}

#[derive(Serialize)]
struct Line<'l> {
    level: &'static str,
    message: &'static str,
    outcome: &'static str,
    detail: &'l str,
}

/// Records what went wrong with a part of the platform.
pub(super) fn record(message: &'static str, detail: &str) {
    let line = Line { level: "error", message, outcome: "failed", detail };
    write_log(line.level, &serde_json::to_string(&line).unwrap_or_default());
}
