//! A rotation: several keys, each with its window, and a request that some of them have signed.

use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS, Scheme};
use countersign::sign::{Outgoing, sign};
use countersign::{ConfigError, Key, Keyring, Secret, UnixTime, Verifier, VerifyError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases;
use crate::request::{secret, secret_bytes};

const NOW: i64 = 1_763_740_800_000;

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_first_active_key_that_signed_is_named(
        scheme in select(&[&PEEKER, &STANDARD_WEBHOOKS]),
        windows in vec(window(), 1..5),
        signers in vec(0..6_usize, 1..4),
    ) {
        check(scheme, &windows, &signers)?;
    }

    /// One signature, and several keys to try.
    #[test]
    fn so_it_is_where_a_request_has_one_signature(
        windows in vec(window(), 1..5),
        signer in 0..6_usize,
    ) {
        check(&BOATEROS, &windows, &[signer])?;
    }

    /// A window has its first moment in it, and its last moment not.
    #[test]
    fn a_window_opens_at_its_first_moment_and_is_closed_at_its_last(
        length in 1..1000_i64,
        now in -1500..1500_i64,
    ) {
        let ring = keyring(&[(Some(0), Some(length))]).unwrap();
        let now = UnixTime::from_millis(NOW + now);
        let expected = (NOW..NOW + length).contains(&now.as_millis());
        prop_assert_eq!(ring.is_active(now), expected);
    }

    #[test]
    fn a_keyring_has_no_twins_and_no_impossible_windows(
        secrets in vec(secret_bytes(), 0..4),
        twin in any::<prop::sample::Index>(),
        window in window(),
    ) {
        let keys = |secrets: &[Vec<u8>]| -> Vec<Key> {
            secrets.iter().enumerate().map(|(n, bytes)| key(n, secret(bytes), window)).collect()
        };
        let is_possible = !matches!(window, (Some(start), Some(end)) if start >= end);
        let code = Keyring::new(keys(&secrets)).map_err(|error| error.code());
        if secrets.is_empty() {
            prop_assert_eq!(code.unwrap_err(), ConfigError::NoSecret.code());
        } else if is_possible {
            prop_assert_eq!(code.map(|ring| ring.keys().len()), Ok(secrets.len()));
            let mut twins = secrets.clone();
            twins.push(twin.get(&secrets).clone());
            let error = Keyring::new(keys(&twins)).unwrap_err();
            prop_assert_eq!(error, ConfigError::DuplicateKey { id: name(secrets.len()) });
        } else {
            prop_assert_eq!(code.unwrap_err(), "invalid_key_window");
        }
    }
}

/// When a key begins and ends, in milliseconds from now.
type Window = (Option<i64>, Option<i64>);

fn window() -> impl Strategy<Value = Window> {
    let edge = || prop_oneof![2 => Just(None), 3 => (-3..=3_i64).prop_map(Some)];
    (edge(), edge())
}

fn name(n: usize) -> String {
    format!("key-{n}")
}

fn key_secret(n: usize) -> Secret {
    secret(format!("the secret number {n}").as_bytes())
}

fn key(n: usize, secret: Secret, (start, end): Window) -> Key {
    let at = |offset: i64| UnixTime::from_millis(NOW + offset);
    let key = start.map(at).into_iter().fold(Key::new(name(n), secret), Key::not_before);
    end.map(at).into_iter().fold(key, Key::not_after)
}

fn keyring(windows: &[Window]) -> Result<Keyring, ConfigError> {
    let keys = windows.iter().enumerate().map(|(n, window)| key(n, key_secret(n), *window));
    Keyring::new(keys.collect())
}

/// Keys of these windows, and a request that the keys with these numbers have signed; numbers
/// beyond the windows are keys that the receiver does not have.
fn check(
    scheme: &'static Scheme,
    windows: &[Window],
    signers: &[usize],
) -> Result<(), TestCaseError> {
    let is_possible = |window: &Window| !matches!(window, (Some(start), Some(end)) if start >= end);
    let windows: Vec<_> = windows.iter().copied().filter(is_possible).collect();
    if windows.is_empty() {
        return Ok(());
    }
    let secrets: Vec<_> = signers.iter().map(|n| key_secret(*n)).collect();
    let now = UnixTime::from_millis(NOW);
    let message =
        Outgoing { event_id: Some("evt_1"), event_type: None, timestamp: now, body: b"{}" };
    let headers = sign(scheme, &secrets.iter().collect::<Vec<_>>(), &message).unwrap();
    let verifier = Verifier::new(scheme, keyring(&windows).unwrap());
    let verdict = verifier.verify(&headers, b"{}", now).map(|event| event.key_id().to_owned());

    let is_active = |(start, end): &Window| {
        start.is_none_or(|start| start <= 0) && end.is_none_or(|end| 0 < end)
    };
    let active: Vec<usize> = (0..windows.len()).filter(|n| is_active(&windows[*n])).collect();
    let expected = match active.iter().find(|n| signers.contains(n)) {
        _ if active.is_empty() => Err(VerifyError::NoActiveKey),
        Some(n) => Ok(name(*n)),
        None => Err(VerifyError::SignatureMismatch),
    };
    prop_assert_eq!(verdict, expected);
    Ok(())
}
