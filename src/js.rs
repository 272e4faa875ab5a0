//! The verifier for JavaScript. No decisions: it turns what JavaScript has into what the core
//! takes, and verdicts into values.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::scheme;
use crate::secret::{Key, Keyring, Secret, SecretFormat, Strength};
use crate::time::{Tolerance, UnixTime};
use crate::verify::{Prepared, Verified, VerifyError};
use crate::{ConfigError, Digest};

/// Keys on their way into a verifier.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Keys {
    keys: Vec<Key>,
    format: SecretFormat,
    strength: Strength,
}

#[wasm_bindgen]
impl Keys {
    /// No keys yet, for a scheme by its name.
    ///
    /// # Errors
    /// `unknown_scheme`.
    #[wasm_bindgen(constructor)]
    pub fn new(scheme: &str, allow_weak: bool) -> Result<Self, String> {
        let scheme = scheme::by_name(scheme).ok_or(UNKNOWN_SCHEME)?;
        let strength = if allow_weak { Strength::AllowWeak } else { Strength::Required };
        Ok(Self { keys: Vec::new(), format: scheme.secret, strength })
    }

    /// Adds a key whose secret is text. Times are milliseconds since 1970.
    ///
    /// # Errors
    /// The code of a [`ConfigError`].
    #[wasm_bindgen(js_name = addText)]
    pub fn add_text(
        &mut self,
        id: String,
        secret: &str,
        not_before: Option<f64>,
        not_after: Option<f64>,
    ) -> Result<(), String> {
        let secret = Secret::parse(secret, self.format, self.strength).map_err(code)?;
        self.add(Key::new(id, secret), not_before, not_after);
        Ok(())
    }

    /// Adds a key whose secret is bytes.
    ///
    /// # Errors
    /// The code of a [`ConfigError`].
    #[wasm_bindgen(js_name = addBytes)]
    pub fn add_bytes(
        &mut self,
        id: String,
        secret: &[u8],
        not_before: Option<f64>,
        not_after: Option<f64>,
    ) -> Result<(), String> {
        let secret = Secret::from_bytes(secret, self.strength).map_err(code)?;
        self.add(Key::new(id, secret), not_before, not_after);
        Ok(())
    }

    fn add(&mut self, key: Key, not_before: Option<f64>, not_after: Option<f64>) {
        let key = not_before.map(time).into_iter().fold(key, Key::not_before);
        self.keys.push(not_after.map(time).into_iter().fold(key, Key::not_after));
    }
}

/// A verifier for one source.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier(crate::Verifier);

#[wasm_bindgen]
impl Verifier {
    /// For a scheme by its name. `fraction_digits` is for a sender whose dates have no zone.
    ///
    /// # Errors
    /// `unknown_scheme`, or the code of a [`ConfigError`].
    #[wasm_bindgen(constructor)]
    pub fn new(
        scheme: &str,
        keys: Keys,
        tolerance_seconds: Option<u32>,
        fraction_digits: Option<u8>,
    ) -> Result<Self, String> {
        let scheme = scheme::by_name(scheme).ok_or(UNKNOWN_SCHEME)?;
        let keyring = Keyring::new(keys.keys).map_err(code)?;
        let tolerance = tolerance_seconds.map_or(Ok(Tolerance::DEFAULT), Tolerance::from_secs);
        let verifier =
            crate::Verifier::new(scheme, keyring).with_tolerance(tolerance.map_err(code)?);
        match fraction_digits {
            None => Ok(Self(verifier)),
            Some(digits) => verifier.without_zone(digits).map(Self).map_err(code),
        }
    }

    /// Verifies with the core's own hash. `headers` are names and values in turn.
    pub fn verify(&self, headers: Vec<String>, body: &[u8], now: f64) -> Verdict {
        Verdict::of(self.0.verify(&pairs(headers), body, time(now)))
    }

    /// What a host has to hash for each key, without the body: pad and prefix. Nothing if the
    /// headers are refused; [`finish`](Self::finish) says why.
    #[wasm_bindgen(js_name = hostPrefixes)]
    pub fn host_prefixes(&self, headers: Vec<String>, now: f64) -> Vec<js_sys::Uint8Array> {
        let prefixes = |prepared: Prepared<'_>| -> Vec<_> {
            let prefix = prepared.prefix();
            let join = |pad: &[u8; 64]| zeroize::Zeroizing::new([pad.as_slice(), prefix].concat());
            prepared
                .inner_pads()
                .map(|pad| js_sys::Uint8Array::from(join(pad).as_slice()))
                .collect()
        };
        self.0.prepare(&pairs(headers), time(now)).map(prefixes).unwrap_or_default()
    }

    /// Verifies with the host's digests, 32 bytes for each key in turn.
    pub fn finish(&self, headers: Vec<String>, digests: &[u8], body: &[u8], now: f64) -> Verdict {
        let (digests, _) = digests.as_chunks();
        let digests: Vec<Digest> = digests.iter().copied().map(Digest::from).collect();
        let prepared = self.0.prepare(&pairs(headers), time(now));
        Verdict::of(
            prepared.and_then(|prepared| prepared.finish_with_digests(&digests, body, time(now))),
        )
    }
}

/// What came of it: an event, or the code of an error.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Verdict {
    /// Why not, if it is not genuine.
    pub code: Option<String>,
    /// The header at fault.
    pub header: Option<String>,
    /// The key that signed it.
    #[wasm_bindgen(js_name = keyId)]
    pub key_id: Option<String>,
    /// What identifies the event.
    #[wasm_bindgen(js_name = dedupeKey)]
    pub dedupe_key: Option<String>,
    /// The event's type.
    #[wasm_bindgen(js_name = type)]
    pub kind: Option<String>,
    /// Whether the type is signed.
    #[wasm_bindgen(js_name = typeSigned)]
    pub type_signed: bool,
    /// Whether header and body name different types.
    #[wasm_bindgen(js_name = typeConflict)]
    pub type_conflict: bool,
}

impl Verdict {
    fn of(verdict: Result<Verified<'_>, VerifyError>) -> Self {
        match verdict {
            Ok(event) => Self {
                key_id: Some(event.key_id().to_owned()),
                dedupe_key: Some(event.dedupe_key()),
                kind: event.event_type().name().map(str::to_owned),
                type_signed: event.event_type().is_signed(),
                type_conflict: event.event_type().is_conflicting(),
                ..Self::default()
            },
            Err(error) => Self {
                code: Some(error.code().to_owned()),
                header: error.header().map(str::to_owned),
                ..Self::default()
            },
        }
    }
}

fn pairs(headers: Vec<String>) -> Vec<(String, String)> {
    let mut headers = headers.into_iter();
    std::iter::from_fn(|| Some((headers.next()?, headers.next()?))).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a function")]
fn code(error: ConfigError) -> String {
    error.code().to_owned()
}

#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number")]
fn time(millis: f64) -> UnixTime {
    UnixTime::from_millis(millis as i64)
}

const UNKNOWN_SCHEME: &str = "unknown_scheme";
