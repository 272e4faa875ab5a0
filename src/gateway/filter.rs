//! Which event types a destination wants.

use std::fmt;

use crate::verify::EventType;

/// The types that a destination wants: everything, or what any of its patterns matches.
#[derive(Debug, Default)]
pub struct Filter(Vec<Pattern>);

impl Filter {
    /// Wants what any pattern matches; everything if there are none.
    pub const fn new(patterns: Vec<Pattern>) -> Self {
        Self(patterns)
    }

    /// Whether an event passes. One without a type always does, and one whose body and header
    /// disagree does if either passes: a filter may never lose a genuine event.
    pub fn passes(&self, event_type: &EventType) -> bool {
        self.0.is_empty()
            || event_type.name().is_none()
            || event_type.names().any(|name| self.0.iter().any(|pattern| pattern.matches(name)))
    }
}

/// A pattern for event types: `order.completed`, `order.*`, `*.action_required`, `*`.
///
/// A star stands for exactly one segment; as the last segment for one or more; alone for
/// everything.
///
/// ```
/// use countersign::gateway::Pattern;
///
/// let pattern = Pattern::parse("order.*")?;
/// assert!(pattern.matches("order.completed"));
/// assert!(!pattern.matches("domain.connected"));
/// # Ok::<(), countersign::gateway::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Any,
    Named(String),
}

impl Pattern {
    /// From its text.
    ///
    /// # Errors
    /// [`PatternError`] if a segment is neither a star nor of `[a-z0-9_]`, or if there is one
    /// segment only, which no event type has.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let segments = text.split('.').map(Segment::parse).collect::<Option<Vec<_>>>();
        match segments.as_deref() {
            None | Some([] | [Segment::Named(_)]) => Err(PatternError),
            Some(_) => segments.map(Self).ok_or(PatternError),
        }
    }

    /// Whether an event type is one of those meant.
    pub fn matches(&self, event_type: &str) -> bool {
        let mut names = event_type.split('.');
        let each = self.0.iter().all(|segment| {
            names.next().is_some_and(|name| match segment {
                Segment::Any => true,
                Segment::Named(wanted) => wanted == name,
            })
        });
        each && (names.next().is_none() || self.0.last() == Some(&Segment::Any))
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Any),
            name if !name.is_empty() && name.bytes().all(crate::verify::is_word_byte) => {
                Some(Self::Named(name.to_owned()))
            }
            _ => None,
        }
    }
}

/// A text that is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatternError;

impl PatternError {
    /// A stable name for machines.
    pub const fn code(self) -> &'static str {
        "invalid_pattern"
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a pattern is an event type in which whole segments may be `*`, \
             such as `order.completed`, `order.*`, `*.action_required` or `*`",
        )
    }
}

impl std::error::Error for PatternError {}

/// The candidate that is most like `name`, if any is much like it.
pub(crate) fn nearest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, event_type: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(event_type)
    }

    #[test]
    fn a_star_is_one_segment_and_at_the_end_one_or_more() {
        for (pattern, event_type, expected) in [
            ("order.completed", "order.completed", true),
            ("order.completed", "order.completed.late", false),
            ("order.completed", "order.failed", false),
            ("order.*", "order.completed", true),
            ("order.*", "order.completed.late", true),
            ("order.*", "orders.completed", false),
            ("*.action_required", "domain_import.action_required", true),
            ("*.action_required", "a.b.action_required", false),
            ("a.*.c", "a.b.c", true),
            ("a.*.c", "a.b.b.c", false),
            ("a.*.c", "a.c", false),
            ("*.*", "a.b", true),
            ("*.*", "a.b.c", true),
            ("*", "a.b", true),
        ] {
            assert_eq!(matches(pattern, event_type), expected, "{pattern} {event_type}");
        }
    }

    #[test]
    fn anything_else_with_a_star_is_no_pattern() {
        for text in
            ["", ".", "order", "order.", "ord*.x", "**", "order.**", "Order.*", "a.* ", "a b.c"]
        {
            assert_eq!(Pattern::parse(text), Err(PatternError), "{text}");
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["order.completed", "order.cancelled", "domain.connected"];
        assert_eq!(nearest("order.complete", names), Some("order.completed"));
        assert_eq!(nearest("zzz", names), None);
    }
}
