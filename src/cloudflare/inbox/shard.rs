use std::time::Duration;

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

use crate::cloudflare::clock;
use crate::gateway::INBOX_BINDING;
use crate::gateway::inbox::{Acceptance, Entry, Layouts};

#[wasm_bindgen]
extern "C" {
    type Namespace;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &Namespace, name: &str) -> Result<Stub, JsValue>;

    /// The other side of `class Inbox` in `entry.js`.
    #[derive(Debug)]
    type Stub;

    #[wasm_bindgen(method, catch)]
    fn accept(this: &Stub, entry: &str, body: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn layout(this: &Stub, shards: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn sweep(this: &Stub) -> Result<Promise, JsValue>;
}

/// One shard of a source's inbox, wherever it lives.
#[derive(Debug)]
pub(in crate::cloudflare) struct Shard(Stub);

/// How long a shard may take. A provider waits for this, and has to be answered in time.
const DEADLINE: Duration = Duration::from_secs(5);

impl Shard {
    /// A stub that has failed is of no more use: a new one each time.
    pub(in crate::cloudflare) fn of(env: &Env, source: &str, number: u32) -> Result<Self, JsValue> {
        let namespace = Reflect::get(env, &INBOX_BINDING.into())?;
        if !namespace.is_object() {
            return Err("INBOX is not bound".into());
        }
        let name = format!("{source}/{number}");
        namespace.unchecked_ref::<Namespace>().get_by_name(&name).map(Self)
    }

    /// Hands it an event. `body` is an `ArrayBuffer`, or the text of its key in the bucket.
    pub(in crate::cloudflare) async fn accept(
        &self,
        entry: &Entry,
        body: &JsValue,
    ) -> Result<Acceptance, JsValue> {
        let answer = in_time(&self.0.accept(&entry.to_json(), body)?).await?;
        answer.as_string().as_deref().and_then(Acceptance::parse).ok_or_else(unreadable)
    }

    /// The numbers of shards that its source has had, of which this is the first.
    pub(in crate::cloudflare) async fn layout(&self, shards: u32) -> Result<Layouts, JsValue> {
        let answer = in_time(&self.0.layout(shards)?).await?;
        answer.as_string().as_deref().and_then(Layouts::parse).ok_or_else(unreadable)
    }

    /// Lets it see whether its alarm is set as it should be.
    pub(in crate::cloudflare) fn sweep(&self) -> Result<Promise, JsValue> {
        self.0.sweep()
    }
}

async fn in_time(promise: &Promise) -> Result<JsValue, JsValue> {
    clock::within(DEADLINE, promise).await.ok_or("the shard did not answer in time")?
}

fn unreadable() -> JsValue {
    "the shard's answer can't be read".into()
}
