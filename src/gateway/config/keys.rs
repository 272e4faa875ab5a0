//! The secrets of a source: `"NAME"`, or `{ binding = "NAME", id, notBefore, notAfter }`.

use serde_json::Value;

use super::fields::{Fields, kind};
use super::mistake::Mistakes;
use super::{Environment, Reader};
use crate::scheme::{Scheme, SecretFormat};
use crate::secret::{Key, Keyring, Secret, Strength};
use crate::time::UnixTime;

/// The keyring of a source, if nothing is wrong with it.
pub(super) fn read<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
    scheme: &'static Scheme,
    strength: Strength,
) -> Option<Keyring> {
    let Some(entries) = fields.list("secrets") else {
        if fields.value("secrets").is_none() {
            fields.error("secrets", "is missing; for example secrets = [\"PEEKER_SECRET\"]");
        }
        return None;
    };
    let count = entries.len();
    let keys: Vec<Key> = entries
        .into_iter()
        .filter_map(|(path, value)| {
            key(reader, &path, value, scheme.secret, strength, fields.mistakes)
        })
        .collect();
    // A key that could not be read was noted; the rest may still be wrong together.
    let complete = keys.len() == count;
    match Keyring::new(keys) {
        Ok(keyring) => complete.then_some(keyring),
        Err(_) if !complete => None,
        Err(error) => {
            fields.error("secrets", error);
            None
        }
    }
}

fn key<E: Environment>(
    reader: &Reader<'_, E>,
    path: &str,
    value: &Value,
    format: SecretFormat,
    strength: Strength,
    mistakes: &mut Mistakes,
) -> Option<Key> {
    match value {
        Value::String(binding) => {
            let secret = secret(reader, path, binding, format, strength, mistakes)?;
            Some(Key::new(binding.as_str(), secret))
        }
        Value::Object(_) => key_table(reader, path, value, format, strength, mistakes),
        _ => {
            mistakes.error(path, format_args!("must be the name of a secret, not {}", kind(value)));
            None
        }
    }
}

fn key_table<E: Environment>(
    reader: &Reader<'_, E>,
    path: &str,
    value: &Value,
    format: SecretFormat,
    strength: Strength,
    mistakes: &mut Mistakes,
) -> Option<Key> {
    let mut fields =
        Fields::of(path, value, &["binding", "id", "notAfter", "notBefore"], mistakes)?;
    let binding = fields.required_text("binding", "PEEKER_SECRET");
    let id = fields.text("id").or(binding);
    let not_before = date(&mut fields, "notBefore");
    let not_after = date(&mut fields, "notAfter");
    let (binding, id) = (binding?, id?);
    let secret = secret(reader, path, binding, format, strength, fields.mistakes)?;
    let key = Key::new(id, secret);
    let key = not_before?.into_iter().fold(key, Key::not_before);
    Some(not_after?.into_iter().fold(key, Key::not_after))
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

pub(super) fn secret<E: Environment>(
    reader: &Reader<'_, E>,
    path: &str,
    binding: &str,
    format: SecretFormat,
    strength: Strength,
    mistakes: &mut Mistakes,
) -> Option<Secret> {
    let text = zeroize::Zeroizing::new(reader.secret(path, binding, mistakes)?);
    Secret::parse(&text, format, strength)
        .map_err(|error| mistakes.error(path, format_args!("{binding}: {error}")))
        .ok()
}
