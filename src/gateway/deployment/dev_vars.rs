//! `.dev.vars`: the secrets that `wrangler dev` has, in the format of dotenv.

use std::collections::BTreeMap;

/// The values by name. What is no assignment is left out, as dotenv does.
pub(super) fn read(text: &str) -> BTreeMap<String, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut values = BTreeMap::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        let Some((name, start)) = assignment(line) else { continue };
        let value = match quoted(start, after) {
            Some((value, after)) => {
                rest = after;
                value
            }
            None => start.split('#').next().unwrap_or_default().trim().to_owned(),
        };
        values.insert(name.to_owned(), value);
    }
    values
}

/// `export NAME = value`: the name, and what stands behind the equals sign.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let exported = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    let (name, value) = exported.unwrap_or(line).split_once(['=', ':'])?;
    let name = name.trim();
    let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-');
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, value))
}

/// A value in quotes, which may go on over the next lines, and what follows its last line.
fn quoted<'t>(start: &'t str, after: &'t str) -> Option<(String, &'t str)> {
    let start = start.trim_start();
    let quote = start.chars().next().filter(|char| matches!(char, '"' | '\'' | '`'))?;
    let inner = start.get(1..)?;
    if let Some((value, _)) = inner.split_once(quote) {
        return Some((unescaped(value, quote), after));
    }
    let (more, after) = after.split_once(quote)?;
    let after = after.split_once('\n').map_or("", |(_, after)| after);
    Some((unescaped(&format!("{inner}\n{more}"), quote), after))
}

/// Only double quotes know line ends.
fn unescaped(value: &str, quote: char) -> String {
    if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn values_are_read_as_dotenv_reads_them() {
        let text = "# a comment\nA=1\n export B = 'two # 2' # more\r\nC=\"x\\ny\"\nD=`a\nb` \n\
                    no assignment\nE=\nF= spaced value  # comment\nG: colon\nA=last\n";
        let values = read(text);
        let expected = [
            ("A", "last"),
            ("B", "two # 2"),
            ("C", "x\ny"),
            ("D", "a\nb"),
            ("E", ""),
            ("F", "spaced value"),
            ("G", "colon"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(values.into_iter().collect::<Vec<_>>(), expected);
    }
}
