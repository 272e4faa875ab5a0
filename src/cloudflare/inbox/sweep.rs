use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use super::shard::Shard;
use crate::cloudflare::failure;
use crate::cloudflare::isolate::Isolate;
use crate::gateway::{Mode, Source};

/// Visits every shard that any inbox source has ever had, so that one whose alarm was lost gets
/// another. The second net: the first is that every alarm sets the next one before it does anything.
/// The Worker's cron trigger calls it.
#[wasm_bindgen]
pub async fn sweep(env: Env) {
    let isolate = Isolate::of(&env);
    for source in isolate.config.sources().filter_map(|(_, source)| source) {
        if let Err(error) = sweep_source(&env, source).await {
            failure::record("sweep", &failure::text(&error));
        }
    }
}

async fn sweep_source(env: &Env, source: &Source) -> Result<(), JsValue> {
    let Mode::Inbox(settings) = source.mode() else { return Ok(()) };
    let shard = |number| Shard::of(env, source.name(), number);
    // If the first shard fails, the others are visited all the same.
    let shards = match shard(0)?.layout(settings.shards).await {
        Ok(layouts) => layouts.most_shards(),
        Err(error) => {
            failure::record("sweep", &failure::text(&error));
            settings.shards
        }
    };
    let visits = Array::new();
    for number in 0..shards {
        visits.push(&shard(number)?.sweep()?.into());
    }
    // One that can't be reached keeps nobody else from being visited.
    let visits: Array = JsFuture::from(Promise::all_settled(&visits)).await?.unchecked_into();
    for visit in visits.iter() {
        let reason = Reflect::get(&visit, &"reason".into())?;
        if !reason.is_undefined() {
            failure::record("sweep", &failure::text(&reason));
        }
    }
    Ok(())
}
