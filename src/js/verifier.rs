//! Verification. Header text, bodies and digests cross through one buffer in WebAssembly's memory,
//! verdicts as integers; text crosses only where nobody waits for it.
//!
//! A short body takes one call, [`Verifier::verify`]. For a long one the host hashes, in two:
//! [`Verifier::prepare`] judges the headers and puts what is signed ahead of the body right before
//! the body's place in the buffer, and [`Verifier::take_digest`] takes the digest.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{mistake_text, scheme, secret, strength, time};
use crate::encoding::{self, Encoding};
use crate::error::ConfigError;
use crate::mac::{BLOCK, Digest};
use crate::scheme::{DedupeKey, Scheme};
use crate::secret::{Key, Keyring, Strength};
use crate::time::Tolerance;
use crate::verify::{self, BodyHash, Claim, EventType, SentHeaders, Values, VerifyError};

/// The buffer: text and digests; what is hashed ahead of a body; the body.
struct Buffer {
    text: [u8; TEXT],
    message: [u8; HEAD + BODY],
}

/// Four headers of up to 1,025 characters, one after the other.
const TEXT: usize = 4608;
/// Room ahead of the body for a key's pad (64), the longest timestamp (40) and event id (255), and a
/// scheme's text and separators. It is filled from its end, so that it touches the body.
const HEAD: usize = 512;
/// What can be hashed or read at once.
const BODY: usize = 128 * 1024;

/// WebAssembly has one thread, so the lock is always free.
static BUFFER: Mutex<Buffer> = Mutex::new(Buffer { text: [0; TEXT], message: [0; HEAD + BODY] });

fn buffer() -> MutexGuard<'static, Buffer> {
    BUFFER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where text stands in WebAssembly's memory.
#[wasm_bindgen(js_name = textAddress)]
pub fn text_address() -> *const u8 {
    buffer().text.as_ptr()
}

/// Where the message stands in WebAssembly's memory.
#[wasm_bindgen(js_name = messageAddress)]
pub fn message_address() -> *const u8 {
    buffer().message.as_ptr()
}

/// How many bytes of text fit.
#[wasm_bindgen(js_name = textCapacity)]
pub fn text_capacity() -> usize {
    TEXT
}

/// Where in the message the body begins.
#[wasm_bindgen(js_name = headCapacity)]
pub fn head_capacity() -> usize {
    HEAD
}

/// How many bytes of a body fit.
#[wasm_bindgen(js_name = bodyCapacity)]
pub fn body_capacity() -> usize {
    BODY
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
        // Here, so that verifying asks for no memory.
        let digests = Vec::with_capacity(keyring.keys().len());
        let tolerance = Tolerance::from_secs(tolerance)?;
        let verifier = crate::Verifier::new(self.scheme, keyring).with_tolerance(tolerance);
        let verifier = match u8::try_from(digits) {
            Err(_) => verifier,
            Ok(digits) => verifier.without_zone(digits)?,
        };
        Ok(Verifier { verifier, claim: Claim::default(), hashing: None, digests, failure: None })
    }
}

/// A verifier for one source, and the request that it is at.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier {
    verifier: crate::Verifier,
    /// What the headers claim that were read last.
    claim: Claim,
    /// Who hashes the body that belongs to them; nobody if they are not in order.
    hashing: Option<Hashing>,
    /// The host's digests, under the first keys.
    digests: Vec<Digest>,
    failure: Option<VerifyError>,
}

#[derive(Debug)]
enum Hashing {
    /// We do, piece by piece.
    Here(BodyHash),
    ByHost,
}

#[wasm_bindgen]
impl Verifier {
    /// Judges a request whose headers and body are in the buffer: the values one after the other,
    /// with these lengths in bytes, of which a negative one means that there is no such header; so
    /// many bytes of body. Returns the position of the key that signed it; -1 if it is not genuine.
    pub fn verify(
        &mut self,
        timestamp: i32,
        id: i32,
        kind: i32,
        signature: i32,
        body: usize,
        now: f64,
    ) -> i32 {
        let buffer = buffer();
        let values = values(&buffer.text, [timestamp, id, kind, signature]);
        let body = buffer.message.get(HEAD..).and_then(|rest| rest.get(..body));
        let now = time(now);
        self.hashing = None;
        let judged = self.verifier.read(values, now, &mut self.claim).and_then(|sent| {
            self.claim.judge_body(&self.verifier, &sent, body.unwrap_or_default(), now)
        });
        let verdict = judged.map(|key| position(&self.verifier, key));
        self.note(verdict).unwrap_or(NOBODY)
    }

    /// Judges the headers, and puts what a host has to hash for the first key ahead of the body's
    /// place. Returns where in the message that begins; 0 if the request is not genuine.
    pub fn prepare(
        &mut self,
        timestamp: i32,
        id: i32,
        kind: i32,
        signature: i32,
        now: f64,
    ) -> usize {
        let mut buffer = buffer();
        let Buffer { text, message } = &mut *buffer;
        let values = values(text, [timestamp, id, kind, signature]);
        let sent = self.verifier.read(values, time(now), &mut self.claim);
        let start = sent.and_then(|sent| {
            put_head(message, &self.verifier, &sent).ok_or(VerifyError::SignatureMismatch)
        });
        let start = self.note(start);
        self.hashing = start.map(|_| Hashing::ByHost);
        self.digests.clear();
        start.unwrap_or(0)
    }

    /// Takes the host's digest for the next key, which is text in hex, or the bytes themselves.
    /// Returns the position of the key that signed the request; -1 if it is not genuine; -2 if
    /// there is another key: its pad has taken the place of the one before, and the host has to
    /// hash again.
    #[wasm_bindgen(js_name = takeDigest)]
    pub fn take_digest(&mut self, start: usize, length: usize, now: f64) -> i32 {
        let mut buffer = buffer();
        let Buffer { text, message } = &mut *buffer;
        let pad = message.get_mut(start..).and_then(|rest| rest.first_chunk_mut::<BLOCK>());
        let (Some(pad), Some(Hashing::ByHost)) = (pad, &self.hashing) else { return NOBODY };
        let Some(digest) = digest(text.get(..length).unwrap_or_default()) else {
            // What is no digest ends it: the host would be asked for the same key for ever.
            *pad = [0; BLOCK];
            self.hashing = None;
            self.failure = Some(VerifyError::SignatureMismatch);
            return NOBODY;
        };
        self.digests.push(digest);
        let next = self.verifier.keyring().keys().get(self.digests.len());
        // What stands there is as secret as the key.
        *pad = next.map_or([0; BLOCK], |key| *key.inner_pad());
        drop(buffer);
        if next.is_some() { NEXT_KEY } else { self.finish(now) }
    }

    /// Judges the headers for a body that comes in pieces. `separators` is false for an explanation
    /// only: the same headers, signed without what separates the parts.
    pub fn begin(
        &mut self,
        timestamp: i32,
        id: i32,
        kind: i32,
        signature: i32,
        separators: bool,
        now: f64,
    ) -> bool {
        let buffer = buffer();
        let values = values(&buffer.text, [timestamp, id, kind, signature]);
        let sent = self.verifier.read(values, time(now), &mut self.claim);
        let hashing = sent.map(|sent| Hashing::Here(sent.body_hash(&self.verifier, separators)));
        self.hashing = self.note(hashing);
        self.hashing.is_some()
    }

    /// Hashes so many bytes of the body, out of the buffer.
    pub fn update(&mut self, length: usize) {
        let Some(Hashing::Here(hash)) = &mut self.hashing else { return };
        let buffer = buffer();
        let piece = buffer.message.get(HEAD..).and_then(|rest| rest.get(..length));
        hash.update(piece.unwrap_or_default());
    }

    /// The position of the key that signed this request; -1 if it is not genuine.
    pub fn finish(&mut self, now: f64) -> i32 {
        if !self.is_hashed() {
            return NOBODY;
        }
        let judged = self.claim.judge(&self.verifier, self.digests.iter().copied(), time(now));
        let verdict = judged.map(|key| position(&self.verifier, key));
        self.note(verdict).unwrap_or(NOBODY)
    }

    /// The position of the key that made the signature, whatever the clock and the keys' windows
    /// say; -1 if none did. This proves nothing: it is for explanations.
    pub fn signer(&mut self) -> i32 {
        if !self.is_hashed() {
            return NOBODY;
        }
        let keys = self.verifier.keyring().keys();
        let key = self.claim.signer(keys, self.digests.iter().copied(), |_| true);
        key.map_or(NOBODY, |key| position(&self.verifier, key))
    }

    /// The time that a timestamp of so many bytes in the buffer names, in milliseconds since 1970;
    /// NaN if it is none.
    pub fn time(&self, length: usize) -> f64 {
        let buffer = buffer();
        let timestamp = buffer.text.get(..length).map(text).unwrap_or_default();
        self.verifier.time_of(timestamp).map_or(f64::NAN, |time| float(time.as_millis()))
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

    /// Whether events are told apart by their signed ids; else by their bodies.
    #[wasm_bindgen(js_name = isKeyedById)]
    pub fn is_keyed_by_id(&self) -> bool {
        let Scheme { dedupe, event_id, .. } = self.verifier.scheme();
        dedupe.key == DedupeKey::EventId && event_id.is_some()
    }

    /// The type of a genuine event, read when somebody asks. The header's stands in the buffer, so
    /// many bytes, and the type takes its place; so many bytes of body stand there too. Returns the
    /// type's length, and below that a bit each for whether it is catalogued, whether body and
    /// header name different types, whether it is signed.
    pub fn describe(&self, body: usize, header_type: usize) -> usize {
        let buffer = &mut *buffer();
        let body = buffer.message.get(HEAD..).and_then(|rest| rest.get(..body));
        self.describe_in(&mut buffer.text, body.unwrap_or_default(), header_type)
    }

    /// The same for a body that does not fit into the buffer.
    #[wasm_bindgen(js_name = describeLong)]
    pub fn describe_long(&self, body: &[u8], header_type: usize) -> usize {
        self.describe_in(&mut buffer().text, body, header_type)
    }

    fn describe_in(&self, place: &mut [u8], body: &[u8], header_type: usize) -> usize {
        let header_type = place.get(..header_type).map(text);
        let header_type = header_type.filter(|name| verify::is_event_type(name));
        let event_type = EventType::new(body, header_type.map(str::to_owned));
        let is_catalogued = verify::catalogued(self.verifier.scheme(), &event_type).is_some();
        put(place, event_type.name().unwrap_or_default()) << 3
            | usize::from(is_catalogued) << 2
            | usize::from(event_type.is_conflicting()) << 1
            | usize::from(event_type.is_signed())
    }

    /// Whether there are digests under every key for the headers that were read last. They serve
    /// once.
    fn is_hashed(&mut self) -> bool {
        match self.hashing.take() {
            Some(Hashing::Here(hash)) => self.digests = hash.finish(),
            Some(Hashing::ByHost) => {}
            None => return false,
        }
        true
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

/// The SHA-256 of a body, in hex: puts it into the buffer, and says how long it is.
#[wasm_bindgen(js_name = bodyDigest)]
pub fn body_digest(body: &[u8]) -> usize {
    put_text(&Digest::of(body).to_hex())
}

/// The values of the headers, which stand one after the other, with these lengths.
fn values(mut text: &[u8], [timestamp, id, kind, signature]: [i32; 4]) -> Values<'_> {
    Values {
        timestamp: take(&mut text, timestamp),
        event_id: take(&mut text, id),
        event_type: take(&mut text, kind),
        signature: take(&mut text, signature),
    }
}

/// So many of the bytes; nothing if the number is negative, or larger than what there is.
fn take<'h>(rest: &mut &'h [u8], length: i32) -> Option<Cow<'h, [u8]>> {
    let (value, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(Cow::Borrowed(value))
}

/// Puts what is hashed ahead of the body for the first key right before its place, and says where
/// that begins. There is room for whatever headers may hold.
fn put_head(
    message: &mut [u8],
    verifier: &crate::Verifier,
    sent: &SentHeaders<'_>,
) -> Option<usize> {
    let pad = verifier.keyring().keys().first()?.inner_pad();
    let pieces = || std::iter::once(pad.as_slice()).chain(sent.prefix(verifier.scheme()));
    let start = HEAD.checked_sub(pieces().map(<[u8]>::len).sum())?;
    let mut place = message.get_mut(start..HEAD)?;
    for piece in pieces() {
        let (here, after) = place.split_at_mut_checked(piece.len())?;
        here.copy_from_slice(piece);
        place = after;
    }
    Some(start)
}

/// A digest in hex, or in 32 bytes.
fn digest(text: &[u8]) -> Option<Digest> {
    let bytes = match <[u8; 32]>::try_from(text) {
        Ok(bytes) => Some(bytes),
        Err(_) => Encoding::Hex.decode_tag(text),
    };
    bytes.map(Digest::from)
}

fn put_text(text: &str) -> usize {
    put(&mut buffer().text, text)
}

/// Puts text at the start of a place, and says how long it is: nothing of it if it does not fit.
fn put(place: &mut [u8], text: &str) -> usize {
    let Some(place) = place.get_mut(..text.len()) else { return 0 };
    place.copy_from_slice(text.as_bytes());
    text.len()
}

/// Text that JavaScript has encoded.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
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

/// The host has to hash for another key.
const NEXT_KEY: i32 = -2;
