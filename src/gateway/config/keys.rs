//! The secrets of a source: `"NAME"`, or `{ binding = "NAME", id, notBefore, notAfter }`.

use serde_json::Value;

use super::fields::{Fields, all, kind};
use super::mistake::Mistakes;
use super::{Environment, Reader};
use crate::scheme::SecretFormat;
use crate::secret::{Key, Keyring, Secret, Strength};
use crate::time::UnixTime;

/// How the secrets of one source, or one destination, are written.
pub(super) struct Secrets<'r, 'e, E> {
    pub(super) reader: &'r Reader<'e, E>,
    pub(super) format: SecretFormat,
    pub(super) strength: Strength,
}

impl<E: Environment> Secrets<'_, '_, E> {
    /// The keyring of a source, if nothing is wrong with it.
    pub(super) fn keyring(&self, fields: &mut Fields<'_>) -> Option<Keyring> {
        if fields.value("secrets").is_none() {
            fields.error("secrets", "is missing; for example secrets = [\"PEEKER_SECRET\"]");
        }
        let entries = fields.list("secrets")?;
        let read =
            |path: &str, value: &Value, mistakes: &mut Mistakes| self.key(path, value, mistakes);
        let keys = all(&entries, fields.mistakes, read)?;
        Keyring::new(keys).map_err(|error| fields.error("secrets", error)).ok()
    }

    /// The secret that a binding of this name holds.
    pub(super) fn secret(
        &self,
        path: &str,
        binding: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Secret> {
        let text = zeroize::Zeroizing::new(self.reader.secret(path, binding, mistakes)?);
        Secret::parse(&text, self.format, self.strength)
            .map_err(|error| mistakes.error(path, format_args!("{binding}: {error}")))
            .ok()
    }

    /// The secret that `value` names.
    pub(super) fn named(
        &self,
        path: &str,
        value: &Value,
        mistakes: &mut Mistakes,
    ) -> Option<Secret> {
        self.secret(path, name(path, value, mistakes)?, mistakes)
    }

    fn key(&self, path: &str, value: &Value, mistakes: &mut Mistakes) -> Option<Key> {
        if value.is_object() {
            return self.key_with_window(path, value, mistakes);
        }
        let binding = name(path, value, mistakes)?;
        Some(Key::new(binding, self.secret(path, binding, mistakes)?))
    }

    fn key_with_window(&self, path: &str, value: &Value, mistakes: &mut Mistakes) -> Option<Key> {
        let known = ["binding", "id", "notAfter", "notBefore"];
        let mut fields = Fields::of(path, value, &known, mistakes)?;
        let binding = fields.required_text("binding", "PEEKER_SECRET");
        let id = id(&mut fields).or(binding);
        let not_before = date(&mut fields, "notBefore");
        let not_after = date(&mut fields, "notAfter");
        let secret = self.secret(path, binding?, fields.mistakes)?;
        let key = Key::new(id?, secret);
        let key = not_before?.into_iter().fold(key, Key::not_before);
        Some(not_after?.into_iter().fold(key, Key::not_after))
    }
}

/// The name of a secret.
fn name<'v>(path: &str, value: &'v Value, mistakes: &mut Mistakes) -> Option<&'v str> {
    let name = value.as_str();
    if name.is_none() {
        mistakes.error(path, format_args!("must be the name of a secret, not {}", kind(value)));
    }
    name
}

/// A key's id stands in every log line.
fn id<'c>(fields: &mut Fields<'c>) -> Option<&'c str> {
    let id = fields.text("id")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !(1..=64).contains(&id.len()) || !id.bytes().all(is_plain) {
        fields.error("id", "must be 1 to 64 of A-Z, a-z, 0-9, _, - and . (it is not the secret)");
    }
    Some(id)
}

/// An optional date: `None` if it is no date.
fn date(fields: &mut Fields<'_>, name: &str) -> Option<Option<UnixTime>> {
    if fields.value(name).is_none() {
        return Some(None);
    }
    let time = UnixTime::parse_rfc3339(fields.text(name)?);
    if time.is_none() {
        fields.error(name, "must be a date with a zone, such as \"2026-12-01T00:00:00Z\"");
    }
    time.map(Some)
}
