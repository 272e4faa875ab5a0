use js_sys::Object;
use serde_json::{Map, Value};
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

/// Records what went wrong with a part of the platform.
pub(super) fn record(message: &str, error: &str) {
    let fields =
        [("level", "error"), ("message", message), ("outcome", "failed"), ("detail", error)];
    let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
    write_log("error", &Value::Object(Map::from_iter(fields)).to_string());
}
