//! A secret is put in, and whatever the crate can be made to show is searched for it: as text, in
//! hex, in base64, and as the numbers that `Debug` makes of bytes.
#![expect(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod relay;

use base64ct::{Base64, Base64Url, Encoding as _};
use countersign::gateway::{Config, Destination, Event, InFlight, LogLine, Refusal, Reply, Source};
use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS, Scheme};
use countersign::sign::{Outgoing, sign};
use countersign::{
    ConfigError, Digest, Key, Keyring, Prepared, Secret, SecretFormat, Strength, UnixTime,
    Verified, Verifier, VerifyError,
};
use serde_json::json;

use self::relay::{NOW, OK, Relay, Request, after, environment, one_of_each, source};

const CANARY: &str = "canary-7d1f0c95e2b84a63-canary";

/// Everything that the canary, or what HMAC makes of it, looks like.
fn traces() -> Vec<String> {
    let bytes = CANARY.as_bytes();
    let block = |pad: u8| -> Vec<u8> {
        let filled = bytes.iter().copied().chain(std::iter::repeat(0)).take(64);
        filled.map(|byte| byte ^ pad).collect()
    };
    let mut traces = Vec::new();
    for bytes in [bytes.to_vec(), block(0x36), block(0x5c)] {
        let start = &bytes[..12];
        let list = format!("{start:?}");
        traces.extend([
            hex::encode(start),
            hex::encode_upper(start),
            Base64::encode_string(start),
            Base64Url::encode_string(start),
            list.trim_matches(['[', ']']).to_owned(),
            String::from_utf8_lossy(start).into_owned(),
        ]);
    }
    traces
}

#[track_caller]
fn shows_nothing(what: &str, shown: &str) {
    let lines: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for trace in traces() {
        assert!(!lines.contains(&trace), "{what} shows {trace}: {shown}");
    }
}

/// `Debug`, in both of its forms.
#[track_caller]
fn debug_shows_nothing(value: &impl std::fmt::Debug) {
    let what = std::any::type_name_of_val(value);
    shows_nothing(what, &format!("{value:?}"));
    shows_nothing(what, &format!("{value:#?}"));
}

/// A search that finds nothing is worth nothing if it would not find it.
#[test]
fn the_search_would_find_it() {
    for shown in [
        CANARY.to_owned(),
        format!("Secret({CANARY:?})"),
        hex::encode(CANARY),
        Base64::encode_string(CANARY.as_bytes()),
        format!("{:?}", CANARY.as_bytes()),
        format!("{:#?}", CANARY.as_bytes()),
        format!(
            "{:?}",
            verifier(&PEEKER).prepare(&headers(&PEEKER), NOW).unwrap().inner_pads().next()
        ),
    ] {
        let found = std::panic::catch_unwind(|| shows_nothing("it", &shown));
        assert!(found.is_err(), "{shown}");
    }
}

fn secret(format: SecretFormat) -> Secret {
    match format {
        SecretFormat::Utf8 => Secret::parse(CANARY, format, Strength::Required).unwrap(),
        _ => Secret::parse(&base64(), format, Strength::Required).unwrap(),
    }
}

fn base64() -> String {
    format!("whsec_{}", Base64::encode_string(CANARY.as_bytes()))
}

fn verifier(scheme: &'static Scheme) -> Verifier {
    Verifier::new(scheme, Keyring::of(secret(scheme.secret)))
}

fn headers(scheme: &'static Scheme) -> Vec<(&'static str, String)> {
    let message =
        Outgoing { event_id: Some("evt_1"), event_type: None, timestamp: NOW, body: b"{}" };
    sign(scheme, &[&secret(scheme.secret)], &message).unwrap()
}

#[test]
fn the_core_shows_nothing() {
    debug_shows_nothing(&Secret::from_bytes(CANARY.as_bytes(), Strength::Required));
    debug_shows_nothing(&Key::new("key-1", secret(SecretFormat::Utf8)).not_after(NOW));
    for scheme in [&PEEKER, &BOATEROS, &STANDARD_WEBHOOKS] {
        let verifier = verifier(scheme);
        debug_shows_nothing(&secret(scheme.secret));
        debug_shows_nothing(verifier.keyring());
        debug_shows_nothing(&verifier);
        let headers = headers(scheme);
        let prepared: Prepared<'_> = verifier.prepare(&headers, NOW).unwrap();
        debug_shows_nothing(&prepared);
        let hash = prepared.body_hash();
        debug_shows_nothing(&hash);
        let digests: Vec<Digest> = hash.finish();
        debug_shows_nothing(&digests);
        let verified: Verified<'_> = verifier.verify(&headers, b"{}", NOW).unwrap();
        debug_shows_nothing(&verified);
        for verdict in
            [verifier.verify(&headers, b"x", NOW), verifier.verify(&headers, b"{}", after(999))]
        {
            let error: VerifyError = verdict.unwrap_err();
            debug_shows_nothing(&error);
            shows_nothing("an error", &error.to_string());
        }
    }
}

/// What is wrong with a secret is said without it.
#[test]
fn errors_show_nothing() {
    let twins = || Key::new("twin", secret(SecretFormat::Utf8));
    let padded = format!("{CANARY}\n");
    let whsec = STANDARD_WEBHOOKS.secret;
    let errors: [ConfigError; 5] = [
        Secret::parse(&padded, SecretFormat::Utf8, Strength::Required).unwrap_err(),
        Secret::parse(CANARY, whsec, Strength::Required).unwrap_err(),
        Secret::parse(&CANARY[..12], SecretFormat::Utf8, Strength::Required).unwrap_err(),
        Keyring::new(vec![twins(), twins()]).unwrap_err(),
        Keyring::new(vec![twins().not_before(NOW).not_after(NOW)]).unwrap_err(),
    ];
    for error in errors {
        debug_shows_nothing(&error);
        shows_nothing(error.code(), &error.to_string());
    }
}

/// A gateway all of whose secrets are the canary, or begin with it.
fn gateway() -> Relay {
    let destination = |scheme| {
        let destination = json!({
            "url": "https://app.example.com/in", "signingSecret": "APP_SIGNING_SECRET",
        });
        source(scheme, &json!({ "destinations": [destination] }))
    };
    let mut environment = environment(&json!({
        "peeker": destination("peeker"),
        "boateros": destination("boateros"),
    }));
    environment.insert("PEEKER_SECRET".to_owned(), CANARY.to_owned());
    environment.insert("BOATEROS_SECRET".to_owned(), format!("{CANARY} of another"));
    let signing = format!("{CANARY} of the destination");
    let signing = format!("whsec_{}", Base64::encode_string(signing.as_bytes()));
    environment.insert("APP_SIGNING_SECRET".to_owned(), signing);
    Relay::new(&environment)
}

#[test]
fn the_gateway_shows_nothing() {
    let mut relay = gateway();
    let config: &Config = &relay.config;
    assert_eq!(config.mistakes(), []);
    debug_shows_nothing(config);
    shows_nothing("the log of the configuration", &config.to_log());
    let source: &Source = config.source("peeker").flatten().unwrap();
    debug_shows_nothing(source);
    let destination: &Destination = source.destination();
    debug_shows_nothing(destination);

    let headers = headers(&PEEKER);
    let verified = source.verifier().verify(&headers, b"{}", NOW).unwrap();
    let event = Event::new(source, verified, Digest::of(b"{}"), NOW);
    let decision = event.judge(None, NOW);
    debug_shows_nothing(&event);
    debug_shows_nothing(&event.transmit(&decision, None, NOW));
    debug_shows_nothing(&event.mark(None, &decision, NOW));
    let reply = Reply::outcome(&event.id(), &decision, OK);
    debug_shows_nothing(&reply);
    debug_shows_nothing(&LogLine::filtered("peeker", &event, &reply));
    debug_shows_nothing(&InFlight::default());

    let mut request = Request::signed("peeker", "evt_1", NOW, b"{}");
    request.headers = headers.into_iter().map(|(k, v)| (k.to_owned(), v.into_bytes())).collect();
    for body in [b"{}".as_slice(), b"x"] {
        request.body = body.to_vec();
        for secs in [0, 0, 999] {
            let reply = relay.serve(&request, after(secs), OK);
            shows_nothing("the log", &relay.log);
            debug_shows_nothing(&reply);
        }
    }
    let [sent] = relay.sent.as_slice() else { panic!("{} deliveries", relay.sent.len()) };
    shows_nothing("a delivery", &format!("{} {:?} {:?}", sent.url, sent.headers, sent.body));
    debug_shows_nothing(&relay);
}

/// Not even to those who have turned explanations on.
#[test]
fn explanations_show_nothing() {
    let mut sources = environment(&one_of_each());
    sources.insert("PEEKER_SECRET".to_owned(), CANARY.to_owned());
    sources.insert("EXPLAIN".to_owned(), "true".to_owned());
    let mut relay = Relay::new(&sources);
    let forged = Request::signed("peeker", "evt_1", NOW, b"{}").with("X", "y");
    let reply = relay.serve(&forged, NOW, OK);
    assert!(reply.content.1.contains("signature_mismatch"));
    debug_shows_nothing(&reply);
    debug_shows_nothing(&Refusal::Unauthorized(VerifyError::SignatureMismatch));
}

/// Whether a type has a trait: the constant of the type itself comes before that of the trait.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T> Otherwise for T {}
        struct Ask<T>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "it is used if the type has the trait")]
        impl<T: $($bound)+> Ask<T> {
            const ANSWER: bool = true;
        }
        Ask::<$type>::ANSWER != <$type as Otherwise>::ANSWER
    }};
}

/// It can't be copied, compared, printed or written anywhere.
#[test]
fn a_secret_can_do_nothing() {
    assert!(!implements!(Secret: Clone));
    assert!(!implements!(Secret: PartialEq));
    assert!(!implements!(Secret: std::hash::Hash));
    assert!(!implements!(Secret: std::fmt::Display));
    assert!(!implements!(Secret: serde::Serialize));
    assert!(!implements!(Secret: AsRef<[u8]>));
    assert!(!implements!(Secret: AsRef<str>));
    assert!(!implements!(Secret: std::ops::Deref));
    assert!(!implements!(Secret: Default));
    assert!(!implements!(Key: Clone));
    assert!(!implements!(Keyring: Clone));
    assert!(!implements!(Verifier: Clone));
    assert!(implements!(Secret: std::fmt::Debug));
    assert!(implements!(UnixTime: Clone), "or the question is put wrongly");
}

/// Nobody can make a proof but the verifier.
#[test]
fn a_proof_can_not_be_made() {
    assert!(!implements!(Verified<'static>: Clone));
    assert!(!implements!(Verified<'static>: Default));
    assert!(!implements!(Verified<'static>: serde::de::DeserializeOwned));
    assert!(!implements!(Event<'static>: Clone));
    assert!(!implements!(Event<'static>: Default));
    assert!(!implements!(Verified<'static>: From<&'static [u8]>));
}

/// One verifier serves all threads.
#[test]
fn what_is_shared_between_threads() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Secret>();
    is_shareable::<Keyring>();
    is_shareable::<Verifier>();
    is_shareable::<Prepared<'static>>();
    is_shareable::<Verified<'static>>();
    is_shareable::<Config>();
    is_shareable::<Source>();
    is_shareable::<Event<'static>>();
    is_shareable::<VerifyError>();
    is_shareable::<ConfigError>();
    let verifier = verifier(&PEEKER);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(verifier.verify(&headers(&PEEKER), b"{}", NOW).is_ok()));
        }
    });
}
