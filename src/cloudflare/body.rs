use std::time::Duration;

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, Request};

use super::clock;
use crate::gateway::Refusal;

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(10);

/// A request's body: as the runtime gave it, to be passed on, and a copy that can be read.
#[derive(Debug)]
pub(super) struct Received {
    original: ArrayBuffer,
    copy: Vec<u8>,
}

impl Received {
    /// Reads the body of a request, whose declared length has been judged already.
    pub(super) async fn read(
        request: &Request,
        is_length_known: bool,
        max_bytes: usize,
    ) -> Result<Self, Refusal> {
        let reading = if is_length_known {
            request.array_buffer().map_err(|_| Refusal::BodyUnreadable)?
        } else {
            let stream = request.body();
            future_to_promise(async move { collect(stream, max_bytes).await })
        };
        let read = clock::within(DEADLINE, &reading).await.ok_or(Refusal::Timeout)?;
        let original: ArrayBuffer =
            read.map_err(|_| Refusal::BodyUnreadable)?.dyn_into().map_err(|_| Refusal::TooLarge)?;
        let copy = Uint8Array::new(&original).to_vec();
        if copy.len() > max_bytes {
            return Err(Refusal::TooLarge);
        }
        Ok(Self { original, copy })
    }

    /// The bytes, to be read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.copy
    }

    /// The bytes as the runtime gave them.
    pub(super) const fn original(&self) -> &ArrayBuffer {
        &self.original
    }

    /// `bytes` as something that can be sent: the original, if they are its copy.
    pub(super) fn to_send(&self, bytes: &[u8]) -> JsValue {
        if std::ptr::eq(bytes, self.bytes()) {
            self.original.clone().into()
        } else {
            Uint8Array::from(bytes).into()
        }
    }
}

/// The bytes of a stream of unknown length, or `undefined` if there are more than `max_bytes`.
async fn collect(stream: Option<ReadableStream>, max_bytes: usize) -> Result<JsValue, JsValue> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        while let Some(chunk) = next_chunk(&reader).await? {
            let length = usize::try_from(chunk.length()).unwrap_or(usize::MAX);
            if bytes.len().saturating_add(length) > max_bytes {
                // Nobody waits for it: the answer ends the connection.
                let _cancelled = reader.cancel();
                return Ok(JsValue::UNDEFINED);
            }
            bytes.extend(chunk.to_vec());
        }
    }
    Ok(Uint8Array::from(bytes.as_slice()).buffer().into())
}

/// The next piece of a stream, or `None` at its end.
pub(super) async fn next_chunk(
    reader: &ReadableStreamDefaultReader,
) -> Result<Option<Uint8Array>, JsValue> {
    let result = JsFuture::from(reader.read()).await?;
    let is_done = Reflect::get(&result, &"done".into())?.is_truthy();
    let value = Reflect::get(&result, &"value".into())?;
    Ok((!is_done).then(|| value.unchecked_into()))
}
