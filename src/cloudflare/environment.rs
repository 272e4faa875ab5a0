use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::JsCast;
use worker::Env;

use crate::gateway::Environment;

/// The variables, secrets and bindings of the Worker.
impl Environment for Env {
    fn names(&self) -> Vec<String> {
        let object: &Object = self.unchecked_ref();
        Object::keys(object).iter().filter_map(|name| name.as_string()).collect()
    }

    fn text(&self, name: &str) -> Option<String> {
        let object: &Object = self.unchecked_ref();
        let is_own = Object::has_own(object, &name.into());
        let value = Reflect::get(self, &name.into()).ok().filter(|_| is_own)?;
        value.as_string().or_else(|| JSON::stringify(&value).ok()?.as_string())
    }
}
