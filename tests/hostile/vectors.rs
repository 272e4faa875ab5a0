//! The classes of which there are vectors, against the core: timestamps, dates, ids and re-splits,
//! signature syntax, header bytes, keys and their windows, secrets, event types.

use countersign::scheme::ALL;
use countersign::{UnixTime, Verifier};

use crate::corpus::{self, Expected, Group, Test};
use crate::report;

/// Every test of one class, each followed by a good request to the same verifier.
fn run(class: &str) {
    let mut schemes = 0;
    for file in corpus::files() {
        let groups = corpus::load(&file);
        let of_class: Vec<_> = groups.iter().filter(|group| group.class == class).collect();
        if of_class.is_empty() {
            continue;
        }
        let count: usize = of_class.iter().map(|group| run_group(&file, group, &groups)).sum();
        report(&format!("{class}, {file}"), count);
        schemes += 1;
    }
    assert!(schemes > 0, "{class}");
}

/// How many cases there were.
fn run_group(file: &str, group: &Group, groups: &[Group]) -> usize {
    let verifier = match group.verifier() {
        Ok(verifier) => verifier,
        Err(code) => {
            let context = format!("{file} {}: {}", group.class, group.comment);
            assert_eq!(Some(code), group.keys_result.as_deref(), "{context}");
            return 1;
        }
    };
    let good = good_request(&verifier, group, groups);
    for test in &group.tests {
        let context = format!("{file} {} {}: {}", group.class, test.id, test.comment);
        check(&verifier, test, &context);
        check(&verifier, good, &context);
    }
    group.tests.len()
}

fn good_request<'g>(verifier: &Verifier, group: &'g Group, groups: &'g [Group]) -> &'g Test {
    let all = group.tests.iter().chain(groups.iter().flat_map(|group| &group.tests));
    let is_good = |test: &&Test| {
        matches!(test.expected, Expected::Valid(_))
            && verifier.verify(&test.headers, &test.body, test.now).is_ok()
    };
    all.into_iter().find(is_good).expect("no good request for these keys")
}

fn check(verifier: &Verifier, test: &Test, context: &str) {
    let verdict = verifier.verify(&test.headers, &test.body, test.now);
    match (verdict, &test.expected) {
        (Ok(event), Expected::Valid(expected)) => expected.check(&event, context),
        (Err(error), Expected::Invalid { code, header }) => {
            assert_eq!(error.code(), code, "{context}");
            assert_eq!(error.header(), header.as_deref(), "{context}");
        }
        (verdict, _) => panic!("{context}: {verdict:?}"),
    }
}

#[test]
fn timestamps() {
    run("timestamps");
}

#[test]
fn dates() {
    run("rfc3339");
}

#[test]
fn event_ids_and_re_splits() {
    run("event-ids");
}

#[test]
fn signatures() {
    run("signatures");
}

#[test]
fn headers() {
    run("headers");
}

#[test]
fn bodies() {
    run("bodies");
}

#[test]
fn key_windows() {
    run("key-windows");
}

#[test]
fn secrets() {
    run("secrets");
}

#[test]
fn event_types() {
    run("event-types");
}

/// Clocks that stand anywhere, for a request that was genuine once.
#[test]
fn clocks() {
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let mut count = 0;
    for scheme in ALL.iter().filter(|scheme| scheme.timestamp.is_some()) {
        let verifier = corpus::verifier_of(scheme);
        for now in extremes {
            let headers = [
                (scheme.timestamp.unwrap().header, "999999999999"),
                (scheme.signature.header, "v1=00"),
            ];
            let verdict = verifier.verify(&headers, b"{}", UnixTime::from_millis(now));
            assert!(verdict.is_err(), "{}", scheme.name);
            count += 1;
        }
    }
    report("clocks", count);
}
