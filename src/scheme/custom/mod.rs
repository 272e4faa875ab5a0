//! A scheme that a user writes down, for a provider that is not one of ours.
//!
//! What a definition says is first written down in lines. By them a scheme is found again, its
//! texts are parts of them, and they cross from one WebAssembly module to another.

mod reader;
mod rules;
mod signed;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use self::reader::{Need, Reader};
use self::rules::{
    ASSIGN, ENCODING, FORMAT, HEADER, NAME, PREFIX, SECRET, SEPARATOR, SYNTAX, VERSION,
};
use super::*;
use crate::error::ConfigError;

/// The scheme that a definition in JSON describes.
///
/// ```
/// use countersign::scheme;
/// use countersign::{Keyring, Secret, Strength, UnixTime, Verifier};
///
/// let scheme = scheme::parse(r#"{
///     "name": "slack",
///     "signature": {
///         "header": "X-Slack-Signature",
///         "syntax": "versioned",
///         "version": "v0",
///         "assign": "=",
///         "separator": ",",
///         "encoding": "hex"
///     },
///     "timestamp": { "header": "X-Slack-Request-Timestamp", "format": "unix-seconds" },
///     "signed": ["v0:", "timestamp", ":"],
///     "secret": "utf8"
/// }"#)?;
/// let secret = Secret::parse("whatever the portal shows", scheme.secret, Strength::Required)?;
/// let verifier = Verifier::new(scheme, Keyring::of(secret));
/// let none: [(&str, &str); 0] = [];
/// let error = verifier.verify(&none, b"", UnixTime::from_secs(1_531_420_618)).unwrap_err();
/// assert_eq!(error.header(), Some("X-Slack-Request-Timestamp"));
/// # Ok::<(), countersign::ConfigError>(())
/// ```
///
/// | field | value |
/// |---|---|
/// | `name` | 1 to 64 of `a-z`, `0-9` and `-`; not the name of one of [`ALL`] |
/// | `signature` | `header`; `encoding`: `"hex"` or `"base64"`; `syntax`: `"bare"` or `"versioned"`, and with that `version`, `assign` and `separator`, see [`SignatureSyntax`] |
/// | `timestamp` | `header`; `format`: `"unix-seconds"` or `"rfc3339"`. Or `null`, which has to be written: without a timestamp a captured request can be replayed for ever |
/// | `id` | the header with the event's id; may be left out |
/// | `type` | the header that names the event's type, which is not signed; may be left out |
/// | `signed` | what stands before the body in the signed content, in order: `"timestamp"`, `"id"`, each with `"."` or `":"` after it; the first entry may be other text, such as `"v0:"` |
/// | `secret` | `"utf8"`, `"base64"`, or `{ "base64": { "prefix": "whsec_" } }` |
///
/// Timestamp and id, if there are any, are signed, once each. With the separators that makes one
/// signed string have one reading: no two different requests have the same signed content. Where
/// an event has an id, that identifies it; else its body does. Copies are remembered for 3 days.
///
/// A scheme lives as long as the program. One that has been read before is found again, at the
/// same address; every other takes some hundred bytes for good. Definitions are configuration:
/// don't make them up for every request.
///
/// # Errors
/// [`ConfigError::InvalidScheme`] with the first mistake.
pub fn parse(definition: &str) -> Result<&'static Scheme, ConfigError> {
    to_lines(definition).map(|lines| of_lines(&lines))
}

/// What a definition says: one line for each value, empty where there is none, in the order in
/// which [`scheme`] reads them, and then one for each entry of `signed`.
pub(crate) fn to_lines(definition: &str) -> Result<String, ConfigError> {
    let mut reader = Reader::new(definition);
    let name = reader.text("name", &NAME, Need::Must);
    reader.refuse_if(by_name(&name).is_some(), "name", "is the name of a built-in scheme");
    let [signature, version, assign, separator, encoding] = signature_lines(&mut reader);
    let [timestamp, format] = timestamp_lines(&mut reader);
    let id = reader.text("id", &HEADER, Need::May);
    let kind = reader.text("type", &HEADER, Need::May);
    let signed = signed::read(&mut reader, !timestamp.is_empty(), !id.is_empty());
    let [secret, prefix] = secret_lines(&mut reader);
    note_equal_headers(&mut reader, [&signature, &timestamp, &id, &kind]);
    let values = [
        name, signature, version, assign, separator, encoding, timestamp, format, id, kind, secret,
        prefix,
    ];
    reader.finish(values.iter().chain(&signed).flat_map(|line| [line, "\n"]).collect())
}

fn signature_lines(reader: &mut Reader<'_>) -> [String; 5] {
    reader.object("signature");
    let header = reader.text("signature.header", &HEADER, Need::Must);
    let syntax = reader.text("signature.syntax", &SYNTAX, Need::Must);
    let need = if syntax == "versioned" { Need::Must } else { Need::MustNot };
    let version = reader.text("signature.version", &VERSION, need);
    let assign = reader.text("signature.assign", &ASSIGN, need);
    let separator = reader.text("signature.separator", &SEPARATOR, need);
    let is_same = assign == separator && need == Need::Must;
    reader.refuse_if(is_same, "signature.separator", "must be another character than assign");
    let encoding = reader.text("signature.encoding", &ENCODING, Need::Must);
    [header, version, assign, separator, encoding]
}

fn timestamp_lines(reader: &mut Reader<'_>) -> [String; 2] {
    match reader.get("timestamp") {
        None => reader.note("timestamp", NO_TIMESTAMP),
        Some("null") => return [String::new(), String::new()],
        Some(_) => reader.object("timestamp"),
    }
    let header = reader.text("timestamp.header", &HEADER, Need::Must);
    [header, reader.text("timestamp.format", &FORMAT, Need::Must)]
}

fn secret_lines(reader: &mut Reader<'_>) -> [String; 2] {
    if !reader.get("secret").is_some_and(|value| value.starts_with('{')) {
        return [reader.text("secret", &SECRET, Need::Must), String::new()];
    }
    reader.object("secret");
    reader.object("secret.base64");
    let prefix = reader.text("secret.base64.prefix", &PREFIX, Need::Must);
    ["base64".to_owned(), prefix]
}

fn note_equal_headers(reader: &mut Reader<'_>, headers: [&str; 4]) {
    let paths = ["signature.header", "timestamp.header", "id", "type"];
    for (position, (path, header)) in paths.into_iter().zip(headers).enumerate() {
        let mut others = headers.iter().take(position);
        let is_equal = others.any(|other| other.eq_ignore_ascii_case(header));
        let message = "names a header that another field names already";
        reader.refuse_if(is_equal && !header.is_empty(), path, message);
    }
}

const NO_TIMESTAMP: &str = "is missing; write null if there is none, \
                            but a captured request can then be replayed for ever";

/// The schemes that there are, by their lines.
static KEPT: Mutex<Vec<(&str, &Scheme)>> = Mutex::new(Vec::new());

/// The scheme of lines that [`to_lines`] has written. The same lines have the same scheme.
pub(crate) fn of_lines(lines: &str) -> &'static Scheme {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, scheme)) = kept.iter().find(|(other, _)| *other == lines) {
        return scheme;
    }
    let lines: &'static str = Box::leak(Box::from(lines));
    let scheme: &'static Scheme = Box::leak(Box::new(scheme(lines)));
    kept.push((lines, scheme));
    scheme
}

fn scheme(lines: &'static str) -> Scheme {
    let lines: Vec<&'static str> = lines.split_terminator(is_line_feed).collect();
    let line = |position: usize| lines.get(position).copied().unwrap_or_default();
    let given = |position: usize| Some(line(position)).filter(|line| !line.is_empty());
    let char = |position: usize| line(position).chars().next().unwrap_or_default();
    let [name, prefix] = [line(0), line(11)];
    let syntax = match given(2) {
        None => SignatureSyntax::Bare,
        Some(version) => {
            SignatureSyntax::Versioned { version, assign: char(3), separator: char(4) }
        }
    };
    let encoding = if line(5) == "hex" { Encoding::Hex } else { Encoding::Base64 };
    let is_date = line(7) == "rfc3339";
    let format = if is_date { TimestampFormat::Rfc3339 } else { TimestampFormat::UnixSeconds };
    let is_text = line(10) == "utf8";
    let secret = if is_text { SecretFormat::Utf8 } else { SecretFormat::Base64 { prefix } };
    let event_id = given(8);
    Scheme {
        name,
        title: name,
        signature: Signature { header: line(1), syntax, encoding },
        timestamp: given(6).map(|header| Timestamp { header, format }),
        event_id,
        event_type: given(9),
        signed: parts(lines.get(12..).unwrap_or_default()),
        secret,
        delivery: DELIVERY,
        dedupe: dedupe(event_id.is_some()),
        catalogue: &[],
    }
}

fn is_line_feed(char: char) -> bool {
    char == '\n'
}

fn parts(lines: &[&'static str]) -> &'static [Part] {
    let mut parts = Vec::new();
    for line in lines {
        parts.push(match *line {
            "." => Part::Dot,
            "id" => Part::EventId,
            "timestamp" => Part::Timestamp,
            text => Part::Text(text),
        });
    }
    parts.leak()
}

/// Of a provider of whom nothing is known, the strictest deadline of those that are.
const DELIVERY: Delivery = Delivery {
    acknowledge_within: Duration::from_secs(10),
    retries: 0,
    retried_for: Duration::ZERO,
    schedule: "unknown",
};

/// How copies are recognised in a scheme of your own: by its event id, or as here if it has none.
pub const CUSTOM_DEDUPE: Dedupe = Dedupe {
    key: DedupeKey::TypeAndBody,
    window: Duration::from_secs(3 * DAY),
    replays: Replays::Suppress,
};

const fn dedupe(has_id: bool) -> Dedupe {
    let key = if has_id { DedupeKey::EventId } else { CUSTOM_DEDUPE.key };
    Dedupe { key, ..CUSTOM_DEDUPE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(name: &str) -> String {
        format!(
            r#"{{"name":"{name}","signature":{{"header":"S","syntax":"bare","encoding":"hex"}},
                "timestamp":null,"signed":["v0:"],"secret":"utf8"}}"#
        )
    }

    fn kept(name: &str) -> usize {
        KEPT.lock().unwrap().iter().filter(|(_, scheme)| scheme.name == name).count()
    }

    #[test]
    fn a_definition_is_kept_once_however_it_is_written() {
        let first = parse(&definition("kept-once")).unwrap();
        let escaped = definition("kept\\u002donce");
        let respaced = definition("kept-once").replace(',', " ,\n");
        for text in [definition("kept-once"), escaped, respaced] {
            (0..100).for_each(|_| assert!(std::ptr::eq(parse(&text).unwrap(), first)));
        }
        assert_eq!(kept("kept-once"), 1);
    }

    #[test]
    fn threads_get_the_same_scheme() {
        let address = || std::ptr::from_ref(parse(&definition("threads")).unwrap()).addr();
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(address)).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), address()));
        assert_eq!(kept("threads"), 1);
    }

    #[test]
    fn nothing_is_kept_of_a_mistake() {
        let before = kept("mistaken");
        parse(&definition("mistaken").replace("hex", "rot13")).unwrap_err();
        assert_eq!((before, kept("mistaken")), (0, 0));
    }

    #[test]
    fn every_difference_makes_another_scheme() {
        let base = r#"{"name":"differs","signature":{"header":"S","syntax":"versioned",
            "version":"v1","assign":"=","separator":",","encoding":"hex"},
            "timestamp":{"header":"T","format":"rfc3339"},"id":"I","type":"K",
            "signed":["a:","timestamp",".","id","."],"secret":"utf8"}"#;
        let edits = [
            ("differs", "differs-2"),
            (r#""S""#, r#""S2""#),
            (r#""v1""#, r#""v2""#),
            (r#""=""#, r#"":""#),
            (r#""separator":",""#, r#""separator":";""#),
            ("hex", "base64"),
            (r#""T""#, r#""T2""#),
            ("rfc3339", "unix-seconds"),
            (r#""I""#, r#""I2""#),
            (r#""K""#, r#""K2""#),
            (r#""type":"K","#, ""),
            (r#""a:""#, r#""b:""#),
            (r#""a:","#, ""),
            (r#""timestamp",".""#, r#""timestamp",":""#),
            (r#""timestamp",".","id""#, r#""id",".","timestamp""#),
            (r#""secret":"utf8""#, r#""secret":"base64""#),
            (r#""secret":"utf8""#, r#""secret":{"base64":{"prefix":"s_"}}"#),
        ];
        let mut schemes = vec![parse(base).unwrap()];
        for (find, replace) in edits {
            let edited = base.replacen(find, replace, 1);
            assert_ne!(edited, base, "{find}");
            let scheme = parse(&edited).unwrap();
            assert!(!schemes.iter().any(|other| std::ptr::eq(*other, scheme)), "{edited}");
            schemes.push(scheme);
        }
    }
}
