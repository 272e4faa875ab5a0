//! Providers that are not ours, with what they and their libraries publish.

use countersign::scheme::Scheme;
use countersign::sign::{Outgoing, sign};
use countersign::{Keyring, Secret, Strength, UnixTime, Verifier, VerifyError};

use crate::scheme;

const GITHUB: &str = r#"{
    "name": "github",
    "signature": {
        "header": "X-Hub-Signature-256",
        "syntax": "versioned",
        "version": "sha256",
        "assign": "=",
        "separator": ",",
        "encoding": "hex"
    },
    "timestamp": null,
    "type": "X-GitHub-Event",
    "signed": [],
    "secret": "utf8"
}"#;

const SLACK: &str = r#"{
    "name": "slack",
    "signature": {
        "header": "X-Slack-Signature",
        "syntax": "versioned",
        "version": "v0",
        "assign": "=",
        "separator": ",",
        "encoding": "hex"
    },
    "timestamp": { "header": "X-Slack-Request-Timestamp", "format": "unix-seconds" },
    "signed": ["v0:", "timestamp", ":"],
    "secret": "utf8"
}"#;

/// Secret, body, signature header, and the code if it is none.
type GithubVector = (&'static str, &'static str, &'static str, Option<&'static str>);

/// The first from
/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>, the others
/// from the tests of <https://github.com/octokit/webhooks-methods.js> at `da0cc1c`.
const GITHUB_VECTORS: [GithubVector; 7] = [
    (
        "It's a Secret to Everybody",
        "Hello, World!",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        None,
    ),
    (
        "mysecret",
        r#"{"foo":"bar"}"#,
        "sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3",
        None,
    ),
    (
        "secret",
        "data",
        "sha256=1b2c16b75bd2a870c114153ccda5bcfca63314bc722fa160d690de133ccbb9db",
        None,
    ),
    (
        "development",
        "{\"foo\":\"Foo\\n\\u001B[34mbar: ♥♥♥♥♥♥♥♥\\nthis-is-lost\\u001B[0m\\u001B[2K\"}",
        "sha256=afecc3caa27548bb90d51a50384cb2868b9a3327b4ad6a01c9bd4ed0f8b0b12c",
        None,
    ),
    (
        "development",
        r#"{"foo":"\\u001b"}"#,
        "sha256=6f8326efbacfbd04e870cea25b5652e635be8c9807f2fd5348ef60753c9e96ed",
        None,
    ),
    (
        "foo",
        r#"{"foo":"bar"}"#,
        "sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3",
        Some("signature_mismatch"),
    ),
    ("mysecret", r#"{"foo":"bar"}"#, "foo", Some("malformed_header")),
];

/// From <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
const SLACK_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SLACK_TIMESTAMP: i64 = 1_531_420_618;
const SLACK_SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
    &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
    &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
    %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

fn verifier(scheme: &'static Scheme, secret: &str) -> Verifier {
    let secret = Secret::parse(secret, scheme.secret, Strength::AllowWeak).unwrap();
    Verifier::new(scheme, Keyring::of(secret))
}

#[test]
fn github_as_published() {
    for (secret, body, signature, refusal) in GITHUB_VECTORS {
        let verifier = verifier(scheme(GITHUB), secret);
        let headers = [("x-hub-signature-256", signature), ("X-GitHub-Event", "ping.sent")];
        let verdict = verifier.verify(&headers, body.as_bytes(), UnixTime::from_secs(0));
        assert_eq!(verdict.as_ref().err().map(VerifyError::code), refusal, "{secret} {body}");
        if let Ok(event) = verdict {
            assert_eq!((event.timestamp(), event.event_id()), (None, None));
            assert_eq!(event.event_type().name(), Some("ping.sent"));
            assert!(!event.event_type().is_signed());
            assert!(event.dedupe_key().starts_with("github:-:"), "{}", event.dedupe_key());
        }
    }
}

/// GitHub's older signature stands in a header of its own; it would not count here either.
#[test]
fn github_with_sha1_is_unsupported() {
    let verifier = verifier(scheme(GITHUB), "mysecret");
    let headers = [("X-Hub-Signature-256", "sha1=21b2ff6a0f5bb8f5b5a6d0f3f1f5b1a0a2b3c4d5")];
    let error = verifier.verify(&headers, b"{}", UnixTime::from_secs(0)).unwrap_err();
    assert_eq!(error, VerifyError::UnsupportedSignature);
}

#[test]
fn slack_as_published() {
    let verifier = verifier(scheme(SLACK), SLACK_SECRET);
    let timestamp = SLACK_TIMESTAMP.to_string();
    let headers =
        [("X-Slack-Request-Timestamp", timestamp.as_str()), ("X-Slack-Signature", SLACK_SIGNATURE)];
    let code = |body: &str, seconds_later| {
        let now = UnixTime::from_secs(SLACK_TIMESTAMP + seconds_later);
        verifier.verify(&headers, body.as_bytes(), now).map_err(|error| error.code()).err()
    };
    assert_eq!(code(SLACK_BODY, 0), None);
    assert_eq!(code(SLACK_BODY, 300), None);
    assert_eq!(code(SLACK_BODY, 301), Some("timestamp_too_old"));
    assert_eq!(code(SLACK_BODY, -301), Some("timestamp_too_new"));
    assert_eq!(code(&SLACK_BODY.replace("U2CERLKJA", "U2CERLKJB"), 0), Some("signature_mismatch"));
}

/// The signer makes what Slack publishes, header by header.
#[test]
fn slack_is_signed_as_published() {
    let scheme = scheme(SLACK);
    let secret = Secret::parse(SLACK_SECRET, scheme.secret, Strength::Required).unwrap();
    let message = Outgoing {
        event_id: None,
        event_type: None,
        timestamp: UnixTime::from_secs(SLACK_TIMESTAMP),
        body: SLACK_BODY.as_bytes(),
    };
    let expected = [
        ("X-Slack-Request-Timestamp", SLACK_TIMESTAMP.to_string()),
        ("X-Slack-Signature", SLACK_SIGNATURE.to_owned()),
    ];
    assert_eq!(sign(scheme, &[&secret], &message).unwrap(), expected);
}

/// The version is signed too: without it the same request is another.
#[test]
fn slack_with_another_version_does_not_match() {
    let other = SLACK.replace("v0:", "v1:").replace(r#""slack""#, r#""slack-v1""#);
    let verifier = verifier(scheme(&other), SLACK_SECRET);
    let timestamp = SLACK_TIMESTAMP.to_string();
    let headers =
        [("X-Slack-Request-Timestamp", timestamp.as_str()), ("X-Slack-Signature", SLACK_SIGNATURE)];
    let now = UnixTime::from_secs(SLACK_TIMESTAMP);
    let error = verifier.verify(&headers, SLACK_BODY.as_bytes(), now).unwrap_err();
    assert_eq!(error, VerifyError::SignatureMismatch);
}
