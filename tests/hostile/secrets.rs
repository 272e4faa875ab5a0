//! Whoever does not have the secret, but something like it.

use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS, Scheme};
use countersign::sign::{Outgoing, sign};
use countersign::{Secret, Strength};

use crate::gateway::Gateway;
use crate::relay::{BOATEROS_SECRET, NOW, PEEKER_SECRET, Request, STANDARD_SECRET};
use crate::report;

#[test]
fn signed_with_something_like_the_secret() {
    let mut gateway = Gateway::with_all_schemes();
    for (source, scheme, text) in [
        ("peeker", &PEEKER, PEEKER_SECRET),
        ("boateros", &BOATEROS, BOATEROS_SECRET),
        ("standard", &STANDARD_WEBHOOKS, STANDARD_SECRET),
    ] {
        let guesses = guesses(scheme, text);
        for guess in &guesses {
            gateway.refuses(&signed(source, scheme, guess), 401, "signature_mismatch");
            gateway.serves(source);
        }
        report(&format!("{source}: secrets that are nearly right"), guesses.len());
    }
}

fn guesses(scheme: &Scheme, text: &str) -> Vec<Vec<u8>> {
    let is_text = scheme.name != "standard-webhooks";
    let mut guesses: Vec<Vec<u8>> = [
        "\0",
        "0",
        "undefined",
        "null",
        "None",
        "[object Object]",
        "secret",
        "whsec_",
        "PEEKER_SECRET",
        "BOATEROS_SECRET",
        "STANDARD_SECRET",
        "APP_SIGNING_SECRET",
    ]
    .map(|guess| guess.as_bytes().to_vec())
    .into();
    let others = [PEEKER_SECRET, BOATEROS_SECRET, STANDARD_SECRET];
    guesses.extend(others.into_iter().filter(|other| *other != text).map(Into::into));
    let (bytes, half) = (text.as_bytes(), text.len() / 2);
    guesses.extend([
        [bytes, b"\n"].concat(),
        [bytes, b" "].concat(),
        [b" ", bytes].concat(),
        [bytes, bytes].concat(),
        bytes[..half].to_vec(),
        bytes[half..].to_vec(),
        bytes[1..].to_vec(),
        text.to_uppercase().into_bytes(),
        text.chars().rev().collect::<String>().into_bytes(),
        hex::encode(bytes).into_bytes(),
        format!("\"{text}\"").into_bytes(),
        format!("whsec_{text}").into_bytes(),
    ]);
    if !is_text {
        guesses.push(bytes.to_vec());
        guesses.push(text.trim_start_matches("whsec_").as_bytes().to_vec());
    }
    guesses
}

fn signed(source: &str, scheme: &'static Scheme, secret: &[u8]) -> Request {
    let genuine = Request::signed(source, "evt_1", NOW, b"{}");
    let secret = Secret::from_bytes(secret, Strength::AllowWeak).unwrap();
    let message =
        Outgoing { event_id: Some("evt_1"), event_type: None, timestamp: NOW, body: &genuine.body };
    let headers = sign(scheme, &[&secret], &message).unwrap();
    let headers = headers.into_iter().map(|(k, v)| (k.to_owned(), v.into_bytes())).collect();
    Request { headers, ..genuine }
}
