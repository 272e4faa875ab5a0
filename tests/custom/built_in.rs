//! The built-in schemes, written down as anybody else's, come to the same verdicts on the whole
//! corpus.

use countersign::scheme::{DedupeKey, Scheme};
use countersign::{ConfigError, Headers, Key, Keyring, Secret, Strength, Tolerance, UnixTime};
use countersign::{Verified, Verifier};
use serde_json::Value;

use crate::corpus::{self, Expected, Group, Test};
use crate::scheme;

const PEEKER: &str = r#"{
    "name": "as-peeker",
    "signature": {
        "header": "Peeker-Signature",
        "syntax": "versioned",
        "version": "v1",
        "assign": "=",
        "separator": ",",
        "encoding": "hex"
    },
    "timestamp": { "header": "Peeker-Timestamp", "format": "unix-seconds" },
    "id": "Peeker-Event-Id",
    "signed": ["timestamp", ".", "id", "."],
    "secret": "utf8"
}"#;

const BOATEROS: &str = r#"{
    "name": "as-boateros",
    "signature": { "header": "Boateros-Signature", "syntax": "bare", "encoding": "hex" },
    "timestamp": { "header": "Boateros-Timestamp", "format": "rfc3339" },
    "type": "Boateros-Event",
    "signed": ["timestamp", "."],
    "secret": "utf8"
}"#;

pub(crate) const STANDARD_WEBHOOKS: &str = r#"{
    "name": "as-standard-webhooks",
    "signature": {
        "header": "webhook-signature",
        "syntax": "versioned",
        "version": "v1",
        "assign": ",",
        "separator": " ",
        "encoding": "base64"
    },
    "timestamp": { "header": "webhook-timestamp", "format": "unix-seconds" },
    "id": "webhook-id",
    "signed": ["id", ".", "timestamp", "."],
    "secret": { "base64": { "prefix": "whsec_" } }
}"#;

#[test]
fn peeker_has_the_same_verdicts() {
    has_the_same_verdicts("peeker", scheme(PEEKER));
}

#[test]
fn boateros_has_the_same_verdicts() {
    has_the_same_verdicts("boateros", scheme(BOATEROS));
}

/// The published vectors are among them.
#[test]
fn standard_webhooks_has_the_same_verdicts() {
    has_the_same_verdicts("standard_webhooks", scheme(STANDARD_WEBHOOKS));
}

#[test]
fn the_built_in_schemes_are_those_that_were_written_down() {
    for (copy, original) in [
        (scheme(PEEKER), &countersign::scheme::PEEKER),
        (scheme(BOATEROS), &countersign::scheme::BOATEROS),
        (scheme(STANDARD_WEBHOOKS), &countersign::scheme::STANDARD_WEBHOOKS),
    ] {
        let how_it_signs = |scheme: &Scheme| {
            let Scheme { signature, timestamp, event_id, event_type, signed, secret, .. } = scheme;
            format!("{signature:?} {timestamp:?} {event_id:?} {event_type:?} {signed:?} {secret:?}")
        };
        assert_eq!(how_it_signs(copy), how_it_signs(original));
        assert_eq!(copy.dedupe.key, original.dedupe.key);
    }
}

#[test]
fn nothing_is_genuine_without_a_signature() {
    for definition in [PEEKER, BOATEROS, STANDARD_WEBHOOKS] {
        let verifier = corpus::verifier_of(scheme(definition));
        let none: [(&str, &str); 0] = [];
        assert_eq!(none.get_all("any").count(), 0);
        let error = verifier.verify(&none, b"{}", UnixTime::from_secs(1)).unwrap_err();
        assert_eq!(error.code(), "missing_header");
    }
}

fn has_the_same_verdicts(file: &str, copy: &'static Scheme) {
    assert!(corpus::files().iter().any(|other| other == file));
    let (mut genuine, mut refused, mut refused_keyrings) = (0, 0, 0);
    let groups = corpus::load(file);
    for (group, keys) in groups.iter().zip(key_settings(file)) {
        let verifier = verifier(copy, &keys);
        let code = verifier.as_ref().err().map(ConfigError::code);
        assert_eq!(code, group.keys_result.as_deref(), "{} {}", group.class, group.comment);
        let (Ok(verifier), Ok(original)) = (verifier, group.verifier()) else {
            refused_keyrings += 1;
            continue;
        };
        for test in &group.tests {
            let is_genuine = check(&verifier, &original, group, test);
            *(if is_genuine { &mut genuine } else { &mut refused }) += 1;
        }
    }
    println!("{file}: {genuine} genuine, {refused} refused, {refused_keyrings} refused keyrings");
    assert!(genuine > 100 && refused > 100 && refused_keyrings > 10);
}

/// Whether the request is genuine, which both have to say.
fn check(copy: &Verifier, original: &Verifier, group: &Group, test: &Test) -> bool {
    let context = format!("{} {}: {}", group.class, test.id, test.comment);
    let verify = |verifier: &Verifier| {
        verifier.verify(&test.headers, &test.body, test.now).map(|event| facts(&event))
    };
    let verdict = verify(copy);
    assert_eq!(verdict, verify(original), "{context}");
    match (original.verify(&test.headers, &test.body, test.now), &test.expected) {
        (Ok(event), Expected::Valid(expected)) => expected.check(&event, &context),
        (Err(error), Expected::Invalid { code, header }) => {
            assert_eq!((error.code(), error.header()), (code.as_str(), header.as_deref()));
        }
        (other, _) => panic!("{context}: {other:?}"),
    }
    verdict.is_ok()
}

/// All that is known of an event; of its dedupe key, what does not depend on the scheme's name and
/// catalogue.
fn facts(event: &Verified<'_>) -> String {
    let dedupe_key = event.dedupe_key();
    let scheme = event.scheme();
    let key = dedupe_key.strip_prefix(scheme.name).unwrap();
    let key = match scheme.dedupe.key {
        DedupeKey::EventId => key,
        _ => key.rsplit_once(':').unwrap().1,
    };
    format!(
        "{} {key} {:?} {:?} {:?} {:?}",
        event.key_id(),
        event.event_type(),
        event.timestamp(),
        event.event_id(),
        event.headers().collect::<Vec<_>>()
    )
}

/// The groups' own settings, without their tests.
fn key_settings(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["testGroups"].as_array().unwrap().clone()
}

fn verifier(scheme: &'static Scheme, settings: &Value) -> Result<Verifier, ConfigError> {
    let strength = match settings["allowWeakSecret"].as_bool() {
        Some(true) => Strength::AllowWeak,
        _ => Strength::Required,
    };
    let keys =
        settings["keys"].as_array().unwrap().iter().map(|key| self::key(scheme, key, strength));
    let verifier = Verifier::new(scheme, Keyring::new(keys.collect::<Result<_, _>>()?)?);
    let tolerance = settings["toleranceSeconds"].as_u64().unwrap_or(300);
    let verifier = verifier.with_tolerance(Tolerance::from_secs(tolerance.try_into().unwrap())?);
    match settings["timestampFormat"]["fractionDigits"].as_u64() {
        Some(digits) => verifier.without_zone(digits.try_into().unwrap()),
        None => Ok(verifier),
    }
}

fn key(scheme: &Scheme, settings: &Value, strength: Strength) -> Result<Key, ConfigError> {
    let secret = match settings["secretHex"].as_str() {
        Some(bytes) => Secret::from_bytes(&hex::decode(bytes).unwrap(), strength)?,
        None => Secret::parse(settings["secret"].as_str().unwrap(), scheme.secret, strength)?,
    };
    let time = |name: &str| settings[name].as_i64().map(UnixTime::from_millis);
    let key = Key::new(settings["id"].as_str().unwrap(), secret);
    let key = time("notBefore").into_iter().fold(key, Key::not_before);
    Ok(time("notAfter").into_iter().fold(key, Key::not_after))
}
