use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Crypto, WorkerGlobalScope};

/// The global object, by the interface that fits best; workerd names it otherwise.
pub(super) fn global() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

pub(super) fn crypto() -> Result<Crypto, JsValue> {
    global().crypto()
}
