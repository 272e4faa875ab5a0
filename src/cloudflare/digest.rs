//! SHA-256, by whoever is faster: the core for short messages, the host for long ones.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

use super::body::Received;
use super::global::crypto;
use crate::mac::Digest;
use crate::verify::Prepared;

/// From how many bytes the host's hash is faster in workerd, its fixed cost included.
const HOST_FROM_BYTES: usize = 1024;

/// The digests that [`Prepared::finish_with_digests`] takes, and the one of the body alone.
pub(super) async fn of_request(prepared: &Prepared<'_>, body: &Received) -> (Vec<Digest>, Digest) {
    if body.bytes().len() >= HOST_FROM_BYTES
        && let Ok(digests) = by_host(prepared, body).await
    {
        return digests;
    }
    by_core(prepared, body)
}

fn by_core(prepared: &Prepared<'_>, body: &Received) -> (Vec<Digest>, Digest) {
    let mut hash = prepared.body_hash();
    hash.update(body.bytes());
    (hash.finish(), Digest::of(body.bytes()))
}

async fn by_host(
    prepared: &Prepared<'_>,
    body: &Received,
) -> Result<(Vec<Digest>, Digest), JsValue> {
    let mut digests = Vec::new();
    for pad in prepared.inner_pads() {
        let message = concat(&[pad, &prepared.prefix()], body.original());
        digests.push(sha256(&message).await?);
    }
    Ok((digests, sha256(body.original()).await?))
}

/// `head` and then the body, joined on the host's side, where copying is cheap.
fn concat(head: &[&[u8]], body: &ArrayBuffer) -> Uint8Array {
    // It begins with a key's pad.
    let head = Zeroizing::new(head.concat());
    let head = Uint8Array::from(head.as_slice());
    let body = Uint8Array::new(body);
    let message = Uint8Array::new_with_length(head.length().saturating_add(body.length()));
    message.set(&head, 0);
    message.set(&body, head.length());
    message
}

async fn sha256(bytes: &js_sys::Object) -> Result<Digest, JsValue> {
    let promise = crypto()?.subtle().digest_with_str_and_buffer_source("SHA-256", bytes)?;
    let digest = Uint8Array::new(&JsFuture::from(promise).await?).to_vec();
    let digest: [u8; 32] = digest.try_into().map_err(|_| JsValue::from("not 32 bytes"))?;
    Ok(digest.into())
}
