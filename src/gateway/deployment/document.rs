//! A TOML document as a tree in which everything knows its line.

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// From 1 on.
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    Table(Vec<Entry>),
    List(Vec<Node>),
    /// A date or a time without quotes.
    Date(String),
    /// A whole number that JavaScript can't hold.
    TooLarge,
    /// A number, true or false, as JSON.
    Plain(String),
}

/// A name in a table, and what it stands for.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) node: Node,
}

/// Why a text is no TOML.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

/// Reads a document.
///
/// # Errors
/// [`SyntaxError`]: the first one. Its message quotes nothing.
pub(super) fn read(text: &str) -> Result<Node, SyntaxError> {
    let lines = Lines::of(text);
    match DeTable::parse(text) {
        Ok(table) => Ok(Node { line: 1, kind: lines.table(table.get_ref()) }),
        Err(error) => {
            let (line, column) = lines.place(error.span().map_or(0, |span| span.start));
            let message = error.message().to_owned();
            Err(SyntaxError { line, column, message })
        }
    }
}

impl Node {
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.name == name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|entry| &entry.node)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a field.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// What JavaScript's `JSON.stringify` makes of it.
    pub(super) fn to_json(&self) -> String {
        match &self.kind {
            Kind::Text(text) | Kind::Date(text) => quoted(text),
            Kind::Plain(text) => text.clone(),
            Kind::TooLarge => "null".to_owned(),
            Kind::List(items) => {
                let items = items.iter().map(Self::to_json).collect::<Vec<_>>();
                format!("[{}]", items.join(","))
            }
            Kind::Table(entries) => {
                let field =
                    |entry: &Entry| format!("{}:{}", quoted(&entry.name), entry.node.to_json());
                format!("{{{}}}", entries.iter().map(field).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The line of what a path such as `SOURCES.peeker.destinations[0].url` leads to, or of the
    /// last thing on the way that is there.
    pub(super) fn line_of(&self, path: &str) -> Option<usize> {
        if let Some((position, rest)) = position(path) {
            let item = self.items().get(position)?;
            return item.line_of(rest).or(Some(item.line));
        }
        let path = path.strip_prefix('.').unwrap_or(path);
        let named = |entry: &&Entry| {
            let rest = path.strip_prefix(entry.name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        // A name may have a dot in it.
        let found = self.entries().iter().filter(named).max_by_key(|entry| entry.name.len())?;
        let rest = path.get(found.name.len()..).unwrap_or_default();
        found.node.line_of(rest).or(Some(found.line))
    }

    /// Calls `visit` with the path and the value of everything in it.
    pub(super) fn walk<'n>(&'n self, path: &str, visit: &mut impl FnMut(&str, &'n Self)) {
        visit(path, self);
        for entry in self.entries() {
            entry.node.walk(&join(path, &entry.name), visit);
        }
        for (position, item) in self.items().iter().enumerate() {
            item.walk(&format!("{path}[{position}]"), visit);
        }
    }
}

/// The path of a field.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// `[2].rest`: 2, and the rest.
fn position(path: &str) -> Option<(usize, &str)> {
    let (position, rest) = path.strip_prefix('[')?.split_once(']')?;
    Some((position.parse().ok()?, rest))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at.saturating_add(1))).collect();
        Self { text, starts }
    }

    /// The line of a byte, from 1 on.
    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }

    /// The line of a byte and the column in it, both from 1 on.
    fn place(&self, byte: usize) -> (usize, usize) {
        let line = self.line(byte);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..byte).unwrap_or_default();
        (line, before.chars().count().saturating_add(1))
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        Node { line: self.line(value.span().start), kind: self.kind(value.get_ref()) }
    }

    fn kind(&self, value: &DeValue<'_>) -> Kind {
        match value {
            DeValue::String(text) => Kind::Text(text.clone().into_owned()),
            DeValue::Table(table) => self.table(table),
            DeValue::Array(values) => {
                Kind::List(values.iter().map(|value| self.node(value)).collect())
            }
            DeValue::Datetime(date) => Kind::Date(date.to_string()),
            DeValue::Boolean(boolean) => Kind::Plain(boolean.to_string()),
            DeValue::Integer(integer) => whole_number(integer),
            DeValue::Float(float) => Kind::Plain(number(float.as_str())),
        }
    }

    /// The names in the order in which they stand in the text.
    fn table(&self, table: &DeTable<'_>) -> Kind {
        let mut entries = table.iter().collect::<Vec<_>>();
        entries.sort_by_key(|(name, _)| name.span().start);
        let entry = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| Entry {
            name: ToString::to_string(name.get_ref()),
            line: self.line(name.span().start),
            node: self.node(value),
        };
        Kind::Table(entries.into_iter().map(entry).collect())
    }
}

fn whole_number(integer: &DeInteger<'_>) -> Kind {
    match i64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if number.unsigned_abs() < 1 << 53 => Kind::Plain(number.to_string()),
        _ => Kind::TooLarge,
    }
}

/// A number as JavaScript writes it: without a fraction if it has none.
fn number(text: &str) -> String {
    let number: f64 = text.parse().unwrap_or(f64::NAN);
    if number.is_finite() { number.to_string() } else { "null".to_owned() }
}
