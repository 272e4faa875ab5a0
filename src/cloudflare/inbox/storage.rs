use js_sys::{Array, ArrayBuffer, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::cloudflare::failure;
use crate::gateway::inbox::{Row, Sql, SqlError, Value};
use crate::time::UnixTime;

// The `worker` crate has no `transactionSync`, takes the time of an alarm for an offset, and copies
// every value twice.
#[wasm_bindgen]
extern "C" {
    /// What the runtime gives a Durable Object: `ctx`.
    #[derive(Clone, Debug)]
    pub type ObjectState;

    #[wasm_bindgen(method, getter)]
    pub(super) fn storage(this: &ObjectState) -> Storage;

    /// A Durable Object's own storage.
    #[derive(Clone, Debug)]
    pub(super) type Storage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &Storage) -> SqlStorage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Storage,
        run: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, at: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = getAlarm)]
    fn get_alarm(this: &Storage) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    fn delete_alarm(this: &Storage) -> Result<Promise, JsValue>;

    /// Its SQLite database.
    #[derive(Clone, Debug)]
    type SqlStorage;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &SqlStorage, statement: &str, values: &Array) -> Result<Cursor, JsValue>;

    type Cursor;

    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> Result<RawCursor, JsValue>;

    type RawCursor;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &RawCursor) -> Result<Array, JsValue>;
}

impl Storage {
    /// Sets the alarm. What is awaited is only that it is durable: the order is that of the calls.
    #[expect(clippy::cast_precision_loss, reason = "a time in milliseconds has 41 bits")]
    pub(super) fn alarm_at(&self, time: UnixTime) -> Result<JsFuture, JsValue> {
        self.set_alarm(time.as_millis() as f64).map(JsFuture::from)
    }

    /// The time that the alarm is set for.
    pub(super) async fn alarm(&self) -> Result<Option<UnixTime>, JsValue> {
        let time = JsFuture::from(self.get_alarm()?).await?;
        Ok(time.as_f64().map(whole).map(UnixTime::from_millis))
    }

    pub(super) fn no_alarm(&self) -> Result<JsFuture, JsValue> {
        self.delete_alarm().map(JsFuture::from)
    }
}

/// SQLite in a Durable Object. Bodies stay in JavaScript.
#[derive(Clone, Debug)]
pub(super) struct Database {
    storage: Storage,
    sql: SqlStorage,
}

impl Database {
    pub(super) fn of(storage: Storage) -> Self {
        let sql = storage.sql();
        Self { storage, sql }
    }

    fn rows(&self, statement: &str, values: &[Value<ArrayBuffer>]) -> Result<Array, JsValue> {
        let values = values.iter().map(to_js).collect::<Array>();
        self.sql.exec(statement, &values)?.raw()?.to_array()
    }

    /// Runs something that says whether what it did is to stay.
    fn transact(&self, run: &mut dyn FnMut() -> bool) -> Result<(), SqlError> {
        let (mut has_begun, mut has_ended) = (false, false);
        let outcome = self.storage.transaction_sync(&mut || {
            has_begun = true;
            let stays = run();
            has_ended = true;
            // What is thrown here undoes what was done.
            if stays { Ok(()) } else { Err(JsValue::UNDEFINED) }
        });
        if has_begun && !has_ended {
            // A trap: nobody may carry on after one.
            wasm_bindgen::throw_str("a transaction has trapped");
        }
        outcome.map_err(sql_error)
    }
}

impl Sql for Database {
    type Blob = ArrayBuffer;

    fn exec(
        &self,
        statement: &str,
        values: &[Value<ArrayBuffer>],
    ) -> Result<Vec<Row<ArrayBuffer>>, SqlError> {
        let rows = self.rows(statement, values).map_err(sql_error)?;
        Ok(rows
            .iter()
            .map(|row| row.unchecked_ref::<Array>().iter().map(of_js).collect())
            .collect())
    }

    fn transaction<T>(&self, run: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        let mut run = Some(run);
        let mut result = None;
        let committed = self.transact(&mut || {
            result = run.take().map(|run| run());
            matches!(result, Some(Ok(_)))
        });
        match result {
            Some(Ok(value)) => committed.map(|()| value),
            Some(Err(error)) => Err(error),
            None => Err(committed.err().unwrap_or_else(|| SqlError("it was not run".to_owned()))),
        }
    }
}

fn sql_error(error: JsValue) -> SqlError {
    SqlError(failure::text(&error))
}

#[expect(clippy::cast_precision_loss, reason = "times and counts are far below 2^53")]
fn to_js(value: &Value<ArrayBuffer>) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => bytes.into(),
    }
}

fn of_js(value: JsValue) -> Value<ArrayBuffer> {
    if let Some(number) = value.as_f64() {
        return Value::Integer(whole(number));
    }
    if let Some(text) = value.as_string() {
        return Value::Text(text);
    }
    if value.is_object() { Value::Blob(value.unchecked_into()) } else { Value::Null }
}

#[expect(clippy::cast_possible_truncation, reason = "what we store are whole numbers")]
const fn whole(number: f64) -> i64 {
    number as i64
}
