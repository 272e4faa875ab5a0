//! Verification. Header text, bodies and digests cross through one buffer in WebAssembly's memory,
//! verdicts as integers; text crosses only where nobody waits for it.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{mistake_text, scheme, secret, strength, time};
use crate::encoding;
use crate::error::ConfigError;
use crate::mac::{BLOCK, Digest};
use crate::scheme::Scheme;
use crate::secret::{Key, Keyring, Strength};
use crate::time::Tolerance;
use crate::verify::{self, BodyHash, EventType, SentHeaders, Values, VerifyError};

/// The buffer. WebAssembly has one thread, so the lock is always free.
static SCRATCH: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn buffer() -> MutexGuard<'static, Vec<u8>> {
    SCRATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the buffer, of so many bytes, and says where it stands in WebAssembly's memory.
#[wasm_bindgen]
pub fn scratch(length: usize) -> *const u8 {
    let mut scratch = buffer();
    scratch.resize(length, 0);
    scratch.as_ptr()
}

/// Keys on their way into a verifier.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Keys {
    scheme: &'static Scheme,
    strength: Strength,
    keys: Vec<Key>,
    mistake: Option<ConfigError>,
}

#[wasm_bindgen]
impl Keys {
    /// No keys yet, for a scheme; nothing if it is unknown.
    pub fn create(scheme_text: &[u8], allow_weak: bool) -> Option<Self> {
        let scheme = scheme(text(scheme_text))?;
        Some(Self { scheme, strength: strength(allow_weak), keys: Vec::new(), mistake: None })
    }

    /// Adds a key, and says whether it could be. Its secret is text in the scheme's format, or bytes
    /// as they are; times are milliseconds since 1970, or NaN for none.
    pub fn add(
        &mut self,
        id: &[u8],
        secret_bytes: Vec<u8>,
        is_text: bool,
        not_before: f64,
        not_after: f64,
    ) -> bool {
        match secret(secret_bytes, is_text, self.scheme, self.strength) {
            Ok(secret) => {
                let mut key = Key::new(text(id), secret);
                if !not_before.is_nan() {
                    key = key.not_before(time(not_before));
                }
                if !not_after.is_nan() {
                    key = key.not_after(time(not_after));
                }
                self.keys.push(key);
            }
            Err(error) => self.mistake = Some(error),
        }
        self.mistake.is_none()
    }

    /// The verifier with these keys, unless there is a mistake. `fraction_digits` is for a sender
    /// whose dates have no zone, and else negative.
    pub fn verifier(&mut self, tolerance_seconds: u32, fraction_digits: i32) -> Option<Verifier> {
        let made = self.make(tolerance_seconds, fraction_digits);
        made.map_err(|error| self.mistake = Some(error)).ok()
    }

    /// Puts the code of the mistake, and what it is about, into the buffer; says how long that is.
    pub fn mistake(&self) -> usize {
        self.mistake.as_ref().map_or(0, |mistake| put_text(&mistake_text(mistake)))
    }

    fn make(&mut self, tolerance: u32, digits: i32) -> Result<Verifier, ConfigError> {
        let keyring = Keyring::new(std::mem::take(&mut self.keys))?;
        let tolerance = Tolerance::from_secs(tolerance)?;
        let verifier = crate::Verifier::new(self.scheme, keyring).with_tolerance(tolerance);
        let verifier = match u8::try_from(digits) {
            Err(_) => verifier,
            Ok(digits) => verifier.without_zone(digits)?,
        };
        Ok(Verifier { verifier, request: None, failure: None })
    }
}

/// A verifier for one source, and the request that it is at: [`begin`](Self::begin), the body
/// ([`update`](Self::update) or the host's digests), [`finish`](Self::finish).
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier {
    verifier: crate::Verifier,
    request: Option<Request>,
    failure: Option<VerifyError>,
}

/// A request whose headers are in order.
#[derive(Debug)]
struct Request {
    headers: SentHeaders,
    hash: Option<BodyHash>,
    digests: Vec<Digest>,
}

impl Request {
    const fn new(headers: SentHeaders) -> Self {
        Self { headers, hash: None, digests: Vec::new() }
    }

    /// The headers, and the digests: our own, else the host's.
    fn finish(self) -> (SentHeaders, Vec<Digest>) {
        (self.headers, self.hash.map_or(self.digests, BodyHash::finish))
    }
}

#[wasm_bindgen]
impl Verifier {
    /// Judges the headers, whose values stand one after the other in the buffer, with these
    /// lengths in bytes; a negative length means that there is no such header.
    pub fn begin(&mut self, timestamp: i32, id: i32, kind: i32, signature: i32, now: f64) -> bool {
        let headers = {
            let scratch = buffer();
            let mut rest = scratch.as_slice();
            let values = Values {
                timestamp: take(&mut rest, timestamp),
                event_id: take(&mut rest, id),
                event_type: take(&mut rest, kind),
                signature: take(&mut rest, signature),
            };
            self.verifier.read(&values, time(now))
        };
        self.request = self.note(headers).map(Request::new);
        self.request.is_some()
    }

    /// For an explanation: the same headers, signed without what separates the parts.
    #[wasm_bindgen(js_name = leaveOutSeparators)]
    pub fn leave_out_separators(&mut self) {
        if let Some(request) = &mut self.request {
            request.headers.leave_out_separators(self.verifier.scheme());
        }
    }

    /// Hashes so many bytes of the body, from the buffer's start.
    pub fn update(&mut self, length: usize) {
        let Some(Request { headers, hash, .. }) = &mut self.request else { return };
        let keys = self.verifier.keyring().keys();
        let hash = hash.get_or_insert_with(|| headers.body_hash(keys));
        hash.update(buffer().get(..length).unwrap_or_default());
    }

    /// Puts what a host has to hash ahead of the body into the buffer, for the key at this
    /// position, and says how long it is; 0 if there is no such key.
    #[wasm_bindgen(js_name = hostPrefix)]
    pub fn host_prefix(&self, position: usize) -> usize {
        let prefix = self.request.as_ref().map(|request| request.headers.prefix());
        let key = self.verifier.keyring().keys().get(position);
        let (Some(prefix), Some(key)) = (prefix, key) else { return 0 };
        put(0, key.inner_pad());
        put(BLOCK, prefix)
    }

    /// Takes the host's digest for the next key out of the buffer, and wipes the buffer's start,
    /// where the key's pad was.
    #[wasm_bindgen(js_name = takeDigest)]
    pub fn take_digest(&mut self) {
        let mut scratch = buffer();
        let digest = scratch.first_chunk::<32>().copied();
        scratch.iter_mut().take(BLOCK).for_each(|byte| *byte = 0);
        drop(scratch);
        let digests = self.request.as_mut().map(|request| &mut request.digests);
        digests.into_iter().for_each(|digests| digests.extend(digest.map(Digest::from)));
    }

    /// The position of the key that signed this request; -1 if it is not genuine.
    pub fn finish(&mut self, now: f64) -> i32 {
        let Some((headers, digests)) = self.request.take().map(Request::finish) else {
            return NOBODY;
        };
        let judged = headers.judge(&self.verifier, &digests, time(now));
        let position = judged.map(|key| position(&self.verifier, key));
        self.note(position).unwrap_or(NOBODY)
    }

    /// The position of the key that made the signature, whatever the clock and the keys' windows
    /// say; -1 if none did. This proves nothing: it is for explanations.
    pub fn signer(&mut self) -> i32 {
        let Some((headers, digests)) = self.request.take().map(Request::finish) else {
            return NOBODY;
        };
        let key = headers.signer(self.verifier.keyring().keys(), &digests, |_| true);
        key.map_or(NOBODY, |key| position(&self.verifier, key))
    }

    /// The request's timestamp in milliseconds since 1970; NaN if it has none.
    pub fn timestamp(&self) -> f64 {
        let timestamp = self.request.as_ref().and_then(|request| request.headers.timestamp());
        timestamp.map_or(f64::NAN, |timestamp| float(timestamp.as_millis()))
    }

    /// Puts the code of what was wrong with the last request into the buffer, and on the next line
    /// the header at fault; says how long that is.
    pub fn failure(&self) -> usize {
        let code = self.failure.as_ref().map_or("", VerifyError::code);
        let header = self.failure.as_ref().and_then(VerifyError::header);
        put_text(&encoding::join(&[code, "\n", header.unwrap_or_default()]))
    }

    /// Now minus the timestamp, in milliseconds, if that was wrong; else NaN.
    pub fn skew(&self) -> f64 {
        let skew = self.failure.as_ref().and_then(VerifyError::skew_millis);
        skew.map_or(f64::NAN, float)
    }

    /// Puts into the buffer what is read from a genuine event only when somebody asks: whether its
    /// type is signed (`1` or `0`), whether body and header name different types, the type; and on
    /// the next line its dedupe key. An empty id or header is none. Says how long that is.
    pub fn describe(&self, body: &[u8], id: &[u8], header_type: &[u8]) -> usize {
        let header_type = text(header_type);
        let header_type = verify::is_event_type(header_type).then(|| header_type.to_owned());
        let event_type = EventType::new(body, header_type);
        let id = Some(text(id)).filter(|id| !id.is_empty());
        let flag = |is: bool| if is { "1" } else { "0" };
        let digest = || Digest::of(body);
        let key = verify::dedupe_key(self.verifier.scheme(), id, &event_type, digest);
        let name = event_type.name().unwrap_or_default();
        let (signed, conflict) = (event_type.is_signed(), event_type.is_conflicting());
        put_text(&encoding::join(&[flag(signed), flag(conflict), name, "\n", &key]))
    }

    fn note<T>(&mut self, verdict: Result<T, VerifyError>) -> Option<T> {
        let (value, failure) = match verdict {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        self.failure = failure;
        value
    }
}

/// Puts bytes into the buffer, and says where they end: at its start if they don't fit.
fn put(position: usize, bytes: &[u8]) -> usize {
    let mut buffer = buffer();
    let end = position.saturating_add(bytes.len());
    let Some(place) = buffer.get_mut(position..end) else { return 0 };
    place.copy_from_slice(bytes);
    end
}

/// Puts text at the buffer's start, and says how long it is.
fn put_text(text: &str) -> usize {
    put(0, text.as_bytes())
}

/// Text that JavaScript has encoded.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// So many of the bytes; nothing if the number is negative, or larger than what there is.
fn take<'h>(rest: &mut &'h [u8], length: i32) -> Option<Cow<'h, [u8]>> {
    let (value, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(Cow::Borrowed(value))
}

fn position(verifier: &crate::Verifier, key: &Key) -> i32 {
    let position = verifier.keyring().keys().iter().position(|other| std::ptr::eq(other, key));
    position.and_then(|position| i32::try_from(position).ok()).unwrap_or(NOBODY)
}

#[expect(clippy::cast_precision_loss, reason = "times that were read fit into 53 bits")]
fn float(millis: i64) -> f64 {
    millis as f64
}

/// No key.
const NOBODY: i32 = -1;
