use std::time::Duration;

use js_sys::{Array, ArrayBuffer, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

use super::clock;
use crate::gateway::BODIES_BINDING;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, Debug)]
    type Bucket;

    #[wasm_bindgen(method, catch)]
    fn put(this: &Bucket, key: &str, value: &ArrayBuffer) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn get(this: &Bucket, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &Bucket, keys: &Array) -> Result<Promise, JsValue>;

    type BucketObject;

    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    fn array_buffer(this: &BucketObject) -> Result<Promise, JsValue>;
}

/// Where bodies go that are too large for a row: an R2 bucket.
#[derive(Clone, Debug)]
pub(super) struct Bodies(Bucket);

/// How long R2 may take while a provider waits, who waits for the shard too.
const DEADLINE_OF_PUT: Duration = Duration::from_secs(3);
/// How long a deletion is waited for. It goes on without that.
const DEADLINE_OF_DELETE: Duration = Duration::from_secs(1);
/// How long each step of reading may take: both of them are over before a lease runs out.
const DEADLINE: Duration = Duration::from_secs(4);

impl Bodies {
    /// The bucket, if one is bound.
    pub(super) fn of(env: &Env) -> Option<Self> {
        let bucket = Reflect::get(env, &BODIES_BINDING.into()).ok()?;
        bucket.is_object().then(|| Self(bucket.unchecked_into()))
    }

    pub(super) async fn put(&self, key: &str, body: &ArrayBuffer) -> Result<(), JsValue> {
        in_time(&self.0.put(key, body)?, DEADLINE_OF_PUT).await.map(drop)
    }

    pub(super) async fn get(&self, key: &str) -> Result<ArrayBuffer, JsValue> {
        let object = in_time(&self.0.get(key)?, DEADLINE).await?;
        if !object.is_object() {
            return Err("the body is not in the bucket any more".into());
        }
        let object: BucketObject = object.unchecked_into();
        in_time(&object.array_buffer()?, DEADLINE).await.map(JsCast::unchecked_into)
    }

    /// Deletes bodies that nobody needs. One that stays behind costs its storage, nothing else.
    pub(super) async fn delete(&self, keys: &[String]) -> Result<(), JsValue> {
        let keys = keys.iter().map(JsValue::from).collect::<Array>();
        in_time(&self.0.delete(&keys)?, DEADLINE_OF_DELETE).await.map(drop)
    }
}

async fn in_time(promise: &Promise, deadline: Duration) -> Result<JsValue, JsValue> {
    clock::within(deadline, promise).await.ok_or("R2 took too long")?
}
