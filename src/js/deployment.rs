//! The check of a `wrangler.toml`.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::gateway::deployment::{Folder, check};

/// Takes a [`Folder`] and gives a [`Report`](crate::gateway::deployment::Report), both as JSON;
/// nothing if it is given anything else.
#[wasm_bindgen(js_name = checkDeployment)]
pub fn check_deployment(folder: &str) -> Option<String> {
    let folder = serde_json::from_str::<Folder>(folder).ok()?;
    serde_json::to_string(&check(&folder)).ok()
}
