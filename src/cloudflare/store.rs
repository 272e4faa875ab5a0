use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::kv::KvStore;
use worker::{Context, Env};

use super::clock;
use crate::gateway::{Mark, STORE_BINDING, Seen};

/// What was delivered, in Workers KV. It is eventually consistent: it may miss what another place
/// has just written.
#[derive(Debug)]
pub(super) struct Store(Option<KvStore>);

/// The store could not be asked.
#[derive(Debug)]
pub(super) struct Unavailable;

/// How long to wait for KV, whose answers take milliseconds, before doing without it.
const DEADLINE: Duration = Duration::from_secs(1);

impl Store {
    pub(super) fn of(env: &Env) -> Self {
        Self(env.kv(STORE_BINDING).ok())
    }

    /// What is remembered under a key. What can't be read as ours is as good as nothing.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Seen>, Unavailable> {
        let store = self.0.as_ref().ok_or(Unavailable)?;
        let text = clock::within(DEADLINE, store.get(key).text()).await.ok_or(Unavailable)?;
        Ok(text.map_err(|_| Unavailable)?.as_deref().and_then(Seen::parse))
    }

    /// Remembers a delivery. A store that is slow is given more time than this request has.
    pub(super) async fn put(&self, mark: Mark, context: &Rc<Context>) -> Result<(), Unavailable> {
        let store = self.0.clone().ok_or(Unavailable)?;
        let promise = future_to_promise(async move {
            let put = store.put(&mark.key, &mark.value).map_err(to_js)?;
            put.expiration_ttl(mark.ttl_seconds).execute().await.map_err(to_js)?;
            Ok(JsValue::UNDEFINED)
        });
        let finishing = JsFuture::from(promise.clone());
        context.wait_until(async move {
            // Whoever waits below sees the failure.
            let _result = finishing.await;
        });
        let result = clock::within(DEADLINE, JsFuture::from(promise)).await;
        result.ok_or(Unavailable)?.map(drop).map_err(|_| Unavailable)
    }
}

fn to_js(error: impl std::fmt::Display) -> JsValue {
    JsValue::from(error.to_string())
}
