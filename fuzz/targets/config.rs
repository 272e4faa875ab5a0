//! Whatever stands in the configuration, reading it ends with sources that can serve and mistakes that are named, and
//! never shows a secret.
#![no_main]

use std::collections::BTreeMap;

use countersign::gateway::{Config, Severity};
use libfuzzer_sys::fuzz_target;

const SECRETS: [(&str, &str); 6] = [
    ("A", "0123456789-first-secret"),
    ("B", "0123456789-second-secret"),
    ("SHORT", "tiny-secret"),
    ("PASTED", "0123456789-pasted-secret\n"),
    ("SIGNING", "whsec_c2lnbmVkIGFuZXcgZm9yIHRoZSBhcHA="),
    ("SIGNING_OLD", "whsec_c2lnbmVkIGVhcmxpZXIgZm9yIHRoZSBhcHA="),
];
const BINDINGS: [(&str, &str); 2] = [("INBOX", "{}"), ("BODIES", "{}")];

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (sources, single) = text.split_once('\n').unwrap_or((text, ""));
    let variables = [("SOURCES", sources), ("SOURCE_MORE", single)];
    let environment = variables.into_iter().chain(SECRETS).chain(BINDINGS);
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(&environment.collect::<BTreeMap<_, _>>());

    for (name, source) in config.sources() {
        assert!(source.is_none() || is_name(name), "{name:?} serves");
    }
    let errors = config.mistakes().iter().filter(|mistake| mistake.severity == Severity::Error);
    let broken = config.sources().filter(|(_, source)| source.is_none());
    assert!(errors.count() >= usize::from(broken.count() > 0), "a broken source without a mistake");
    let told = config.mistakes().iter().map(|mistake| format!("{mistake:?} {mistake}\n"));
    let told = told.collect::<String>();
    for (_, secret) in SECRETS {
        assert!(!told.contains(secret.trim()) || text.contains(secret.trim()), "shown: {told}");
    }
});

/// `[a-z0-9][a-z0-9-]{0,62}`
fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| good(byte) || byte == b'-')
        && !name.starts_with('-')
}
