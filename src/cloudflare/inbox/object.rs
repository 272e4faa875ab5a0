use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use js_sys::{ArrayBuffer, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::Env;

use super::pump::Run;
use super::shard::Shard;
use super::storage::{Database, ObjectState, Storage};
use super::timers::Timers;
use crate::cloudflare::clock::Turn;
use crate::cloudflare::isolate::Isolate;
use crate::cloudflare::store::Store;
use crate::cloudflare::{clock, failure};
use crate::gateway::Source;
use crate::gateway::inbox::{Acceptance, Body, Entry, Hearsay, Inbox, Lanes, Pump, SqlError, Step};
use crate::time::UnixTime;

/// One Durable Object: a shard of a source's inbox. `class Inbox` in `entry.js` is what the runtime
/// sees of it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct InboxObject(Rc<Object>);

#[wasm_bindgen]
impl InboxObject {
    /// The object that has this state. Nothing is read before it is needed.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState, env: Env) -> Self {
        Self(Rc::new(Object::new(state.storage(), env)))
    }

    /// Takes an event in: resolves once it is stored, to the text of an `Acceptance`.
    pub fn accept(&self, entry: String, body: JsValue) -> Promise {
        let object = Rc::clone(&self.0);
        future_to_promise(async move {
            #[cfg(feature = "sabotage")]
            let object = match super::sabotage::acknowledge(object, &entry, &body) {
                Ok(acknowledged) => return Ok(acknowledged),
                Err(object) => object,
            };
            object.accept(&entry, &body).await.map(|acceptance| acceptance.to_json().into())
        })
    }

    /// Resolves to the text of the `Layouts` of its source, of which this is the first shard.
    pub fn layout(&self, shards: u32) -> Promise {
        let object = Rc::clone(&self.0);
        future_to_promise(async move {
            let layouts =
                object.inbox().and_then(|inbox| inbox.handle_layout(shards, clock::now()));
            layouts.map(|layouts| layouts.to_json().into()).map_err(to_js)
        })
    }

    /// Sets the alarm if it should be set and is not.
    pub fn sweep(&self) -> Promise {
        let object = Rc::clone(&self.0);
        future_to_promise(async move { object.sweep().await.map(|()| JsValue::UNDEFINED) })
    }

    /// Delivers what is due, and sets the alarm for what is not.
    pub fn alarm(&self) -> Promise {
        let object = Rc::clone(&self.0);
        future_to_promise(async move { object.alarm().await.map(|()| JsValue::UNDEFINED) })
    }
}

#[derive(Debug)]
pub(super) struct Object {
    pub(super) env: Env,
    pub(super) storage: Storage,
    isolate: Rc<Isolate>,
    inbox: OnceCell<Inbox<Database>>,
    source: OnceCell<String>,
    /// The alarm that is under way, if one is.
    pub(super) run: RefCell<Option<Rc<Run>>>,
    /// What is being sent, by this run or one before.
    pub(super) lanes: RefCell<Lanes>,
    /// When the alarm will go off at the latest, as far as is known here.
    armed: Cell<Option<UnixTime>>,
    /// When what has come in is written down.
    pub(super) turn: Turn,
    pub(super) timers: Rc<Timers>,
}

impl Object {
    fn new(storage: Storage, env: Env) -> Self {
        Self {
            isolate: Isolate::of(&env),
            env,
            storage,
            inbox: OnceCell::new(),
            source: OnceCell::new(),
            run: RefCell::default(),
            lanes: RefCell::default(),
            armed: Cell::default(),
            turn: Turn::default(),
            timers: Rc::default(),
        }
    }

    pub(super) fn inbox(&self) -> Result<&Inbox<Database>, SqlError> {
        if let Some(inbox) = self.inbox.get() {
            return Ok(inbox);
        }
        let inbox = Inbox::open(Database::of(self.storage.clone()))?;
        Ok(self.inbox.get_or_init(|| inbox))
    }

    /// The source whose events are here, if it is configured.
    pub(super) fn source(&self) -> Result<Option<&Source>, SqlError> {
        if self.source.get().is_none() {
            let Some(name) = self.inbox()?.source_name()? else { return Ok(None) };
            self.source.get_or_init(|| name);
        }
        Ok(self.source.get().and_then(|name| self.isolate.source(name)))
    }

    pub(super) async fn accept(&self, entry: &str, body: &JsValue) -> Result<Acceptance, JsValue> {
        let entry = Entry::parse(entry).ok_or("the entry can't be read")?;
        let source = self.isolate.source(&entry.source).ok_or("the source can't serve")?;
        let mut hearsay = Hearsay::default();
        self.turn.wait().await;
        loop {
            let step = self.store(source, &entry, body, &hearsay).await?;
            let elsewhere = match step {
                Step::Done(acceptance) => return Ok(acceptance),
                step => self.ask(&entry, body, step, &mut hearsay).await?,
            };
            if let Some(acceptance) = elsewhere {
                return Ok(acceptance);
            }
        }
    }

    /// The alarm is set first, and without waiting: it and what it is for become durable together.
    async fn store(
        &self,
        source: &Source,
        entry: &Entry,
        body: &JsValue,
        hearsay: &Hearsay,
    ) -> Result<Step, JsValue> {
        let now = clock::now();
        let body = match body.as_string() {
            Some(key) => Body::At(key),
            None => Body::Here(body.clone().unchecked_into::<ArrayBuffer>()),
        };
        let is_armed = self.arm_for(source, now)?;
        let inbox = self.inbox().map_err(to_js)?;
        let step = inbox.handle_accept(source, entry, &body, hearsay, now).map_err(to_js)?;
        match is_armed {
            Some(is_armed) => self.confirm(is_armed).await?,
            None => self.wake(),
        }
        Ok(step)
    }

    /// Sets the alarm for something that comes in, unless a run is under way, or will be in time.
    fn arm_for(&self, source: &Source, now: UnixTime) -> Result<Option<JsFuture>, JsValue> {
        if self.run.borrow().is_some() {
            return Ok(None);
        }
        let at = self.inbox().and_then(|inbox| inbox.poll_arm(source, self.armed.get(), now));
        at.map_err(to_js)?.map(|at| self.arm(at)).transpose()
    }

    pub(super) fn arm(&self, at: UnixTime) -> Result<JsFuture, JsValue> {
        let is_armed = self.storage.alarm_at(at)?;
        self.armed.set(Some(at));
        Ok(is_armed)
    }

    pub(super) fn disarm(&self) -> Result<JsFuture, JsValue> {
        self.armed.set(None);
        self.storage.no_alarm()
    }

    async fn confirm(&self, is_armed: JsFuture) -> Result<(), JsValue> {
        is_armed.await.inspect_err(|_| self.armed.set(None)).map(drop)
    }

    fn wake(&self) {
        if let Some(run) = &*self.run.borrow() {
            run.wake();
        }
    }

    /// Finds out what the inbox wants to know of others. What another shard has done with the
    /// entry is the answer.
    async fn ask(
        &self,
        entry: &Entry,
        body: &JsValue,
        step: Step,
        hearsay: &mut Hearsay,
    ) -> Result<Option<Acceptance>, JsValue> {
        let shard = |number| Shard::of(&self.env, &entry.source, number);
        match step {
            Step::Done(acceptance) => return Ok(Some(acceptance)),
            Step::AskFirstShard => hearsay.layouts = Some(shard(0)?.layout(entry.shards).await?),
            Step::AskShard(number) => {
                let known = entry.clone().only_if_known();
                match shard(number)?.accept(&known, body).await? {
                    Acceptance::Unknown => hearsay.asked.push(number),
                    acceptance => return Ok(Some(acceptance)),
                }
            }
            // A store that can't be asked never stands in the way of an event.
            Step::AskStore(key) => {
                hearsay.seen = Some(Store::of(&self.env).get(&key).await.unwrap_or_default());
            }
        }
        Ok(None)
    }

    async fn sweep(&self) -> Result<(), JsValue> {
        let armed = self.storage.alarm().await?;
        let Some(source) = self.source().map_err(to_js)? else { return Ok(()) };
        let next = self.inbox().and_then(|inbox| inbox.poll_timeout(source, clock::now()));
        let Some(next) = next.map_err(to_js)? else { return Ok(()) };
        if Pump::is_lost(armed, next) && self.run.borrow().is_none() {
            failure::record("alarm", "it was not set; the sweep has set it");
            self.arm(next)?.await?;
        }
        Ok(())
    }
}

pub(super) fn to_js(error: SqlError) -> JsValue {
    error.0.into()
}
