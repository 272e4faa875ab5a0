use std::time::Duration;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Context, Env};

use super::clock;
use crate::gateway::{Mark, STORE_BINDING, Seen};

#[wasm_bindgen]
extern "C" {
    /// A KV namespace. Its promises are raced against a deadline, which the `worker` crate's
    /// futures don't lend themselves to.
    #[derive(Debug)]
    type KvNamespace;

    #[wasm_bindgen(method, catch)]
    fn get(this: &KvNamespace, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(
        this: &KvNamespace,
        key: &str,
        value: &str,
        options: &JsValue,
    ) -> Result<Promise, JsValue>;
}

/// What was delivered, in Workers KV. It is eventually consistent: it may miss what another place
/// has just written.
#[derive(Debug)]
pub(super) struct Store(JsValue);

/// The store could not be asked.
#[derive(Debug)]
pub(super) struct Unavailable;

impl<E: Into<JsValue>> From<E> for Unavailable {
    fn from(_: E) -> Self {
        Self
    }
}

/// How long to wait for KV, whose answers take milliseconds, before doing without it.
const DEADLINE: Duration = Duration::from_secs(1);

impl Store {
    pub(super) fn of(env: &Env) -> Self {
        Self(Reflect::get(env, &STORE_BINDING.into()).unwrap_or_default())
    }

    /// What is remembered under a key. What can't be read as ours is as good as nothing.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Seen>, Unavailable> {
        let promise = self.namespace()?.get(key)?;
        let text = clock::within(DEADLINE, &promise).await.ok_or(Unavailable)??;
        Ok(text.as_string().as_deref().and_then(Seen::parse))
    }

    /// Remembers a delivery. A store that is slow is given more time than this request has.
    pub(super) async fn put(&self, mark: &Mark, context: &Context) -> Result<(), Unavailable> {
        let options = Object::new();
        let ttl = u32::try_from(mark.ttl_seconds).unwrap_or(u32::MAX);
        Reflect::set(&options, &"expirationTtl".into(), &ttl.into())?;
        let promise = self.namespace()?.put(&mark.key, &mark.value, &options)?;
        context.as_ref().wait_until(&promise)?;
        clock::within(DEADLINE, &promise).await.ok_or(Unavailable)??;
        Ok(())
    }

    fn namespace(&self) -> Result<&KvNamespace, Unavailable> {
        self.0.is_object().then(|| self.0.unchecked_ref()).ok_or(Unavailable)
    }
}
