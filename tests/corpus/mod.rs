//! Reads `tests/vectors/*.json`; the format is described there.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a vector that can't be read has to fail loudly"
)]

use std::path::{Path, PathBuf};

use countersign::scheme::{self, Scheme};
use countersign::{
    ConfigError, Key, Keyring, Secret, SecretFormat, Strength, Tolerance, UnixTime, Verified,
    Verifier,
};
use serde_json::Value;

/// Tests that share a verifier.
pub(crate) struct Group {
    pub(crate) class: String,
    pub(crate) comment: String,
    /// Why the keys are refused, if they are.
    pub(crate) keys_result: Option<String>,
    pub(crate) tests: Vec<Test>,
    value: Value,
}

pub(crate) struct Test {
    pub(crate) id: u64,
    pub(crate) comment: String,
    pub(crate) now: UnixTime,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    Valid(Event),
    Invalid { code: String, header: Option<String> },
}

/// What a verified event has to say of itself; only what the vector names is compared.
pub(crate) struct Event(Value);

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// The names of all files.
pub(crate) fn files() -> Vec<String> {
    let entries = std::fs::read_dir(directory()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> =
        names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

pub(crate) fn load(name: &str) -> Vec<Group> {
    let path = directory().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let file: Value = serde_json::from_str(&text).unwrap();
    file["testGroups"].as_array().unwrap().iter().map(group).collect()
}

pub(crate) fn verifier_of(scheme: &'static Scheme) -> Verifier {
    let secret = Secret::from_bytes(b"0123456789abcdef", Strength::Required).unwrap();
    Verifier::new(scheme, Keyring::of(secret))
}

impl Group {
    pub(crate) fn verifier(&self) -> Result<Verifier, &'static str> {
        let verifier = Verifier::new(self.scheme(), self.keyring().map_err(|e| e.code())?);
        let verifier = match self.value["toleranceSeconds"].as_u64() {
            Some(secs) => verifier.with_tolerance(tolerance(secs)),
            None => verifier,
        };
        match &self.value["timestampFormat"] {
            Value::Null => Ok(verifier),
            format => {
                assert_eq!(format["zone"], "none");
                let digits = format["fractionDigits"].as_u64().unwrap();
                verifier.without_zone(digits.try_into().unwrap()).map_err(|e| e.code())
            }
        }
    }

    fn scheme(&self) -> &'static Scheme {
        scheme::by_name(self.value["scheme"].as_str().unwrap()).unwrap()
    }

    fn keyring(&self) -> Result<Keyring, ConfigError> {
        let strength = match self.value["allowWeakSecret"].as_bool() {
            Some(true) => Strength::AllowWeak,
            _ => Strength::Required,
        };
        let keys = self.value["keys"].as_array().unwrap();
        let keys = keys.iter().map(|key| self::key(key, self.scheme().secret, strength));
        Keyring::new(keys.collect::<Result<_, _>>()?)
    }
}

fn key(value: &Value, format: SecretFormat, strength: Strength) -> Result<Key, ConfigError> {
    let secret = match &value["secretHex"] {
        Value::String(bytes) => Secret::from_bytes(&hex::decode(bytes).unwrap(), strength)?,
        _ => Secret::parse(value["secret"].as_str().unwrap(), format, strength)?,
    };
    let mut key = Key::new(value["id"].as_str().unwrap(), secret);
    if let Some(time) = value["notBefore"].as_i64() {
        key = key.not_before(UnixTime::from_millis(time));
    }
    if let Some(time) = value["notAfter"].as_i64() {
        key = key.not_after(UnixTime::from_millis(time));
    }
    Ok(key)
}

fn tolerance(secs: u64) -> Tolerance {
    Tolerance::from_secs(secs.try_into().unwrap()).unwrap()
}

fn group(value: &Value) -> Group {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Group {
        class: text("class"),
        comment: text("comment"),
        keys_result: value["keysResult"].as_str().map(str::to_owned),
        tests: value["tests"].as_array().unwrap().iter().map(test).collect(),
        value: value.clone(),
    }
}

fn test(value: &Value) -> Test {
    Test {
        id: value["tcId"].as_u64().unwrap(),
        comment: value["comment"].as_str().unwrap().to_owned(),
        now: UnixTime::from_millis(value["now"].as_i64().unwrap()),
        headers: value["headers"].as_array().unwrap().iter().map(header).collect(),
        body: body(value),
        expected: match value["result"].as_str().unwrap() {
            "valid" => Expected::Valid(Event(value.clone())),
            _ => Expected::Invalid {
                code: value["code"].as_str().unwrap().to_owned(),
                header: value["header"].as_str().map(str::to_owned),
            },
        },
    }
}

/// A value is Latin-1: one character is one byte.
fn header(value: &Value) -> (String, Vec<u8>) {
    let latin1 = value[1].as_str().unwrap().chars().map(|char| u8::try_from(char).unwrap());
    (value[0].as_str().unwrap().to_owned(), latin1.collect())
}

fn body(value: &Value) -> Vec<u8> {
    match (&value["bodyHex"], &value["bodyRepeat"]) {
        (Value::String(bytes), _) => hex::decode(bytes).unwrap(),
        (_, Value::Object(repeat)) => {
            let count = repeat["count"].as_u64().unwrap();
            repeat["text"].as_str().unwrap().repeat(count.try_into().unwrap()).into_bytes()
        }
        _ => value["body"].as_str().unwrap().as_bytes().to_vec(),
    }
}

impl Event {
    #[track_caller]
    pub(crate) fn check(&self, event: &Verified<'_>, context: &str) {
        let event_type = event.event_type();
        let actual = [
            ("keyId", Value::from(event.key_id())),
            ("dedupeKey", Value::from(event.dedupe_key())),
            ("type", Value::from(event_type.name())),
            ("typeSigned", Value::from(event_type.is_signed())),
            ("typeConflict", Value::from(event_type.is_conflicting())),
        ];
        for (name, actual) in actual {
            if let Some(expected) = self.0.get(name) {
                assert_eq!(&actual, expected, "{context}: {name}");
            }
        }
    }
}
