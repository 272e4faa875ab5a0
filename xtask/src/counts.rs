//! Reads how many tests there were, and which failed, out of what the runners print.

use std::collections::BTreeSet;
use std::fmt;

/// One line per part, and the lines in which the corpus runners count their vectors.
#[derive(Debug, Default)]
pub(crate) struct Counts(Vec<String>);

impl Counts {
    pub(crate) fn add(&mut self, part: &str, output: String) {
        let (passed, skipped) = (passed(&output), skipped(&output));
        if passed + skipped > 0 {
            let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
            self.0.push(format!("{part:<7} {passed} tests passed{skipped}"));
        }
        let vectors = output.lines().filter_map(|line| line.trim().strip_prefix("corpus: "));
        self.0.extend(vectors.map(|line| format!("{part:<7} corpus: {line}")));
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// libtest's `test result: ok. 12 passed; …` and node's `ℹ pass 12`.
fn passed(output: &str) -> usize {
    sum(output, "passed;", "pass")
}

fn skipped(output: &str) -> usize {
    sum(output, "ignored;", "skipped")
}

fn sum(output: &str, libtest: &str, node: &str) -> usize {
    let count = |line: &str| -> Option<usize> {
        let words = line.split_whitespace().collect::<Vec<_>>();
        match words.as_slice() {
            ["test", "result:", rest @ ..] => rest
                .windows(2)
                .find(|pair| pair[1] == libtest)
                .and_then(|pair| pair[0].parse().ok()),
            ["ℹ" | "#", name, count] if *name == node => count.parse().ok(),
            _ => None,
        }
    };
    output.lines().filter_map(count).sum::<usize>()
}

/// Names of failed tests, as cargo and node print them.
pub(crate) fn failed(output: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.trim();
        let libtest = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
        let node = || line.strip_prefix("✖ ")?.split(" (").next();
        let name = libtest.or_else(node)?;
        (name != "failing tests:" && !name.ends_with(".mjs")).then(|| name.to_owned())
    };
    let mut names = output.lines().filter_map(name).collect::<Vec<_>>();
    // Node says them again at the end.
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::{failed, passed, skipped};

    const OUTPUT: &str = "\
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test a::b ... FAILED
test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
✖ a copy is dropped (12.5ms)
ℹ pass 5
✖ another one (1.5ms)
ℹ skipped 2
✖ failing tests:
✖ a copy is dropped (12.5ms)
✖ another one (1.5ms)";

    #[test]
    fn both_runners_are_counted() {
        assert_eq!(passed(OUTPUT), 12);
        assert_eq!(skipped(OUTPUT), 3);
    }

    #[test]
    fn failures_are_named() {
        assert_eq!(failed(OUTPUT), ["a::b", "a copy is dropped", "another one"]);
    }
}
