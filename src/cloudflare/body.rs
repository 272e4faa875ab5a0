use std::time::Duration;

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request};

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
        let reading = async {
            if is_length_known { whole(request).await } else { stream(request, max_bytes).await }
        };
        let original = clock::within(DEADLINE, reading).await.ok_or(Refusal::Timeout)??;
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

async fn whole(request: &Request) -> Result<ArrayBuffer, Refusal> {
    let promise = request.array_buffer().map_err(|_| Refusal::BodyUnreadable)?;
    let buffer = JsFuture::from(promise).await.map_err(|_| Refusal::BodyUnreadable)?;
    Ok(buffer.unchecked_into())
}

/// Reads a body of unknown length, and stops at the cap.
async fn stream(request: &Request, max_bytes: usize) -> Result<ArrayBuffer, Refusal> {
    let mut bytes = Vec::new();
    if let Some(stream) = request.body() {
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        while let Some(chunk) = next(&reader).await? {
            let length = usize::try_from(chunk.length()).unwrap_or(usize::MAX);
            if bytes.len().saturating_add(length) > max_bytes {
                // Nobody waits for it: the answer ends the connection.
                let _cancelled = reader.cancel();
                return Err(Refusal::TooLarge);
            }
            bytes.extend(chunk.to_vec());
        }
    }
    Ok(Uint8Array::from(bytes.as_slice()).buffer())
}

async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, Refusal> {
    let unreadable = |_| Refusal::BodyUnreadable;
    let result = JsFuture::from(reader.read()).await.map_err(unreadable)?;
    let is_done = Reflect::get(&result, &"done".into()).map_err(unreadable)?.is_truthy();
    let value = Reflect::get(&result, &"value".into()).map_err(unreadable)?;
    Ok((!is_done).then(|| value.unchecked_into()))
}
