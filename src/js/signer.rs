//! Signing, and reading a scheme's definition: what a receiver in production does not need.

use wasm_bindgen::prelude::wasm_bindgen;

use super::arguments::{mistake_text, scheme, secret, strength, time};
use crate::scheme::{Scheme, custom};
use crate::secret::{Secret, Strength};
use crate::sign::{Outgoing, sign};

/// Signs for one scheme.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Signer {
    scheme: &'static Scheme,
    strength: Strength,
    secrets: Vec<Secret>,
}

#[wasm_bindgen]
impl Signer {
    /// Without secrets yet, for a scheme; nothing if it is unknown.
    pub fn create(scheme_text: &str, allow_weak: bool) -> Option<Self> {
        let scheme = scheme(scheme_text)?;
        Some(Self { scheme, strength: strength(allow_weak), secrets: Vec::new() })
    }

    /// Adds a secret, as text or bytes. Returns the code of what is wrong with it.
    pub fn add(&mut self, secret_bytes: Vec<u8>, is_text: bool) -> Option<String> {
        let parsed = secret(secret_bytes, is_text, self.scheme, self.strength);
        parsed.map(|secret| self.secrets.push(secret)).err().as_ref().map(mistake_text)
    }

    /// Header names and values in turn, one on each line; or the code of a
    /// [`SignError`](crate::sign::SignError), alone.
    pub fn sign(
        &self,
        body: &[u8],
        timestamp: f64,
        id: Option<String>,
        event_type: Option<String>,
    ) -> String {
        let secrets: Vec<&Secret> = self.secrets.iter().collect();
        let message = Outgoing {
            event_id: id.as_deref(),
            event_type: event_type.as_deref(),
            timestamp: time(timestamp),
            body,
        };
        match sign(self.scheme, &secrets, &message) {
            Ok(headers) => {
                headers.iter().flat_map(|(name, value)| [*name, "\n", value, "\n"]).collect()
            }
            Err(error) => error.code().to_owned(),
        }
    }
}

/// Reads the definition of a scheme in JSON. Returns it in the form that verifier and signer take,
/// several lines; or, in one line, `invalid_scheme` and what is wrong.
#[wasm_bindgen(js_name = readScheme)]
pub fn read_scheme(definition: &str) -> String {
    custom::to_lines(definition).unwrap_or_else(|error| mistake_text(&error))
}
