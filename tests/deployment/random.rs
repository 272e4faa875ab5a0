//! No text makes the check fail, and nothing that it says shows a value.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cases::BASE;
use crate::{CANARY, check_text, folder, lines};
use countersign::gateway::deployment::{Folder, check};

/// The repository's own, with all that stands there as a comment.
const REAL: &str = include_str!("../../wrangler.toml");

fn config(cases: u32) -> ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = wanted.unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn any_text_is_checked(text in any::<String>(), dev_vars in any::<String>()) {
        let dev_vars = [(String::new(), dev_vars)].into();
        let folder = Folder { dev_vars, ..folder(&text) };
        prop_assert!(is_sound(&folder));
    }

    /// Lines taken out, put elsewhere, repeated and broken.
    #[test]
    fn a_file_with_its_lines_in_disorder_is_checked(
        edits in proptest::collection::vec((any::<Index>(), any::<Index>(), line()), 1..6),
        is_real in any::<bool>(),
    ) {
        let mut lines: Vec<String> =
            (if is_real { REAL } else { BASE }).lines().map(str::to_owned).collect();
        for (from, to, line) in edits {
            let moved = lines.remove(from.index(lines.len()));
            lines.insert(to.index(lines.len()), line.unwrap_or(moved));
        }
        prop_assert!(is_sound(&folder(&lines.join("\n"))));
    }

    #[test]
    fn a_file_with_characters_changed_is_checked(
        changes in proptest::collection::vec((any::<Index>(), character()), 1..4),
    ) {
        let mut chars: Vec<char> = BASE.chars().collect();
        for (at, by) in changes {
            let at = at.index(chars.len());
            chars[at] = by;
        }
        prop_assert!(is_sound(&folder(&chars.into_iter().collect::<String>())));
    }

    #[test]
    fn a_file_cut_off_anywhere_is_checked(at in any::<Index>()) {
        let text: String = BASE.chars().take(at.index(BASE.len())).collect();
        prop_assert!(is_sound(&folder(&text)));
    }

    /// Wherever a secret stands as a value, it is not shown.
    #[test]
    fn a_secret_in_place_of_any_value_is_not_shown(at in any::<Index>()) {
        let lines: Vec<&str> = BASE.lines().collect();
        let values: Vec<usize> = (0..lines.len()).filter(|it| lines[*it].contains(" = ")).collect();
        let chosen = values[at.index(values.len())];
        let name = lines[chosen].split_once(" = ").unwrap().0;
        let pasted = format!("{name} = \"{CANARY}-of-the-portal\"");
        let text: Vec<&str> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| if at == chosen { pasted.as_str() } else { line })
            .collect();
        let report = check_text(&text.join("\n"));
        // The names of the Worker and of its script are no secrets.
        let is_shown = format!("{report:?}").contains(CANARY);
        prop_assert!(matches!(name, "name" | "main") || !is_shown);
    }
}

/// Whether the check comes to an end, and each finding says something about a line that is there.
fn is_sound(folder: &Folder) -> bool {
    let report = check(folder);
    let count = folder.wrangler_toml.split('\n').count();
    let is_sound = |line: Option<usize>| line.is_none_or(|line| (1..=count).contains(&line));
    report.findings.iter().all(|it| is_sound(it.line) && !it.mistake.message.is_empty())
        && lines(&report).iter().all(|line| line.contains(": "))
}

fn line() -> impl Strategy<Value = Option<String>> {
    let lines = select(vec![
        "[vars]",
        "[vars.SOURCES]",
        "[[vars.SOURCES.shop.destinations]]",
        "[env.staging.vars.SOURCES.shop]",
        "[env]",
        "env = 1",
        "[[env.a]]",
        "vars = []",
        "secrets = [{}]",
        "destinations = 7",
        "a.b.c = { d.e = [[[]]] }",
        "x = 1979-05-27T07:32:00",
        "x = nan",
        "x = 99999999999999999999",
        "\"\" = \"\"",
        "\"a.b[0]\" = '''",
        "SOURCES = \"{\"",
    ]);
    prop_oneof![Just(None), lines.prop_map(|line| Some(line.to_owned()))]
}

fn character() -> impl Strategy<Value = char> {
    prop_oneof![any::<char>(), select("[]{}=.\"'\\\n\r#,-_ \u{feff}\0".chars().collect::<Vec<_>>())]
}

/// What nests deeper than any file does.
#[test]
fn what_is_nested_deep_is_checked() {
    for depth in [10, 79, 80, 81, 1000, 100_000] {
        for text in [
            format!("vars = {}{}", "[".repeat(depth), "]".repeat(depth)),
            format!("vars = {}1{}", "{a=".repeat(depth), "}".repeat(depth)),
            format!("[vars.SOURCES{}]", ".a".repeat(depth)),
            format!("vars.{}a = 1", "a.".repeat(depth)),
        ] {
            assert!(is_sound(&folder(&text)));
        }
    }
}
