//! Patterns for event types, against a matcher that tries everything.

use countersign::gateway::Pattern;
use proptest::prelude::*;

use crate::cases;

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn patterns_match_what_the_slow_matcher_matches(
        pattern in "(a|b|ab|\\*)(\\.(a|b|ab|\\*)){0,4}",
        event_type in "(a|b|ab)(\\.(a|b|ab)){1,5}",
    ) {
        let segments: Vec<&str> = pattern.split('.').collect();
        let names: Vec<&str> = event_type.split('.').collect();
        match Pattern::parse(&pattern) {
            Ok(parsed) => prop_assert_eq!(
                parsed.matches(&event_type),
                slow_match(&segments, &names),
                "{} {}", pattern, event_type
            ),
            Err(_) => prop_assert!(!is_pattern(&pattern), "{}", pattern),
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_is_not(
        text in prop_oneof![any::<String>(), "[a-zA-Z0-9_.* -]{0,12}"],
    ) {
        prop_assert_eq!(Pattern::parse(&text).is_ok(), is_pattern(&text), "{}", text);
    }

    #[test]
    fn a_type_is_a_pattern_that_matches_itself_and_nothing_else(
        one in "[a-z0-9_]{1,3}(\\.[a-z0-9_]{1,3}){1,2}",
        other in "[a-z0-9_]{1,3}(\\.[a-z0-9_]{1,3}){1,2}",
    ) {
        let pattern = Pattern::parse(&one).unwrap();
        prop_assert!(pattern.matches(&one));
        prop_assert_eq!(pattern.matches(&other), one == other);
    }
}

/// A star is one segment, and as the last one any number of further segments too.
fn slow_match(segments: &[&str], names: &[&str]) -> bool {
    match (segments, names) {
        ([], []) => true,
        (["*"], [_, ..]) => true,
        ([segment, segments @ ..], [name, names @ ..]) => {
            (*segment == "*" || segment == name) && slow_match(segments, names)
        }
        _ => false,
    }
}

fn is_pattern(text: &str) -> bool {
    let is_name = |segment: &str| {
        !segment.is_empty()
            && segment.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9' | '_'))
    };
    text == "*"
        || (text.contains('.') && text.split('.').all(|segment| segment == "*" || is_name(segment)))
}
