//! Whatever signature syntax somebody writes down, what is signed by it is read by it.

use countersign::scheme::{Encoding, Scheme, SignatureSyntax, parse};
use countersign::sign::{Outgoing, sign};
use countersign::{Key, Keyring, Secret, Strength, UnixTime, Verifier};
use proptest::prelude::*;
use proptest::sample::select;

const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);
const BODY: &[u8] = br#"{"type":"order.completed"}"#;
const SECRETS: [&[u8]; 3] =
    [b"0123456789abcdef", b"the secret of last week", b"and of another one"];

/// Every pair of ASCII characters as assign and separator, in both encodings: what passes works,
/// also with several signatures, of which one is of another version.
#[test]
fn every_syntax_that_passes_works() {
    let mut count = 0;
    for encoding in ["hex", "base64"] {
        for assign in (0..128_u8).map(char::from) {
            for separator in (0..128_u8).map(char::from) {
                let definition = define("v-1_A", assign, separator, encoding);
                let Ok(scheme) = parse(&definition) else { continue };
                works(scheme, 1);
                works(scheme, 3);
                count += 1;
            }
        }
    }
    println!("{count} syntaxes pass");
    // 33 printable characters are neither letter nor digit; `_` and `-` are no assign, and `+`,
    // `/` and `=` no separator either. They differ.
    assert_eq!(count, 2 * (31 * 28 - 28));
}

/// The tag may be any, so base64 has all of its characters in it at some time.
#[test]
fn any_tag_is_read() {
    for (assign, separator) in [('=', ','), ('+', ';'), ('/', '.'), (' ', ':'), (',', ' ')] {
        let scheme = parse(&define("v1", assign, separator, "base64")).unwrap();
        let secret = Secret::from_bytes(SECRETS[0], Strength::Required).unwrap();
        let verifier = verifier(scheme, 0);
        for number in 0..500_u32 {
            let body = number.to_string();
            let message = Outgoing {
                event_id: None,
                event_type: None,
                timestamp: NOW,
                body: body.as_bytes(),
            };
            let headers = sign(scheme, &[&secret], &message).unwrap();
            verifier.verify(&headers, body.as_bytes(), NOW).unwrap();
        }
    }
}

proptest! {
    #[test]
    fn any_version_that_passes_works(
        version in prop_oneof!["[A-Za-z0-9_-]{1,16}", "[ -~]{1,3}"],
        assign in select(vec!['=', ':', ' ', '+', '.']),
        separator in select(vec![',', ';', '|', '~', '"']),
        encoding in select(vec!["hex", "base64"]),
    ) {
        if let Ok(scheme) = parse(&define(&version, assign, separator, encoding)) {
            works(scheme, 2);
        }
    }
}

/// With each of so many keys one can verify what was signed with all of them.
fn works(scheme: &'static Scheme, count: usize) {
    let secret = |bytes: &[u8]| Secret::from_bytes(bytes, Strength::Required).unwrap();
    let secrets: Vec<_> = SECRETS[..count].iter().map(|bytes| secret(bytes)).collect();
    let message = Outgoing { event_id: None, event_type: None, timestamp: NOW, body: BODY };
    let mut headers = sign(scheme, &secrets.iter().collect::<Vec<_>>(), &message).unwrap();
    let SignatureSyntax::Versioned { assign, separator, .. } = scheme.signature.syntax else {
        panic!("{:?}", scheme.signature)
    };
    let other = match scheme.signature.encoding {
        Encoding::Hex => "00".repeat(32),
        _ => "A".repeat(43) + "=",
    };
    headers.last_mut().unwrap().1 += &format!("{separator}other{assign}{other}");
    for position in 0..count {
        let verdict = verifier(scheme, position).verify(&headers, BODY, NOW).map(|_| ());
        assert_eq!(verdict, Ok(()), "{:?} {headers:?}", scheme.signature);
    }
    let verdict = verifier(scheme, 0).verify(&headers, b"{}", NOW).map(|_| ());
    assert_eq!(verdict.unwrap_err().code(), "signature_mismatch");
}

fn verifier(scheme: &'static Scheme, position: usize) -> Verifier {
    let secret = Secret::from_bytes(SECRETS[position], Strength::Required).unwrap();
    Verifier::new(scheme, Keyring::new(vec![Key::new("key", secret)]).unwrap())
}

fn define(version: &str, assign: char, separator: char, encoding: &str) -> String {
    let signature = serde_json::json!({
        "header": "S",
        "syntax": "versioned",
        "version": version,
        "assign": assign,
        "separator": separator,
        "encoding": encoding,
    });
    format!(
        r#"{{"name":"round-trip","signature":{signature},
            "timestamp":{{"header":"T","format":"unix-seconds"}},
            "signed":["timestamp","."],"secret":"utf8"}}"#
    )
}
