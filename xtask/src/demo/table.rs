//! The tables that the demo prints.

/// One line of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) cells: Vec<String>,
    pub(crate) verdict: Verdict,
}

/// Whether a line is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is nothing to judge: we did it ourselves.
    Ours,
    AsExpected,
    /// What it should have been.
    Wrong(String),
}

impl Verdict {
    /// Wrong, if there is something that it should have been.
    pub(crate) fn of(expected: Option<String>) -> Self {
        expected.map_or(Self::AsExpected, Self::Wrong)
    }

    fn text(&self) -> String {
        match self {
            Self::Ours => String::new(),
            Self::AsExpected => "as expected".to_owned(),
            Self::Wrong(expected) => format!("WRONG: expected {expected}"),
        }
    }
}

/// The rows under their head, each column as wide as its widest cell.
pub(crate) fn render(head: &[&str], rows: &[Row]) -> String {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let line = |row: &Row| [row.cells.clone(), vec![row.verdict.text()]].concat();
    let lines = std::iter::once(head).chain(rows.iter().map(line)).collect::<Vec<_>>();
    lines.iter().map(|line| aligned(line, &lines)).collect()
}

fn aligned(line: &[String], lines: &[Vec<String>]) -> String {
    let cell = |(column, cell): (usize, &String)| {
        let width = width(column, lines);
        format!("{cell:<width$}  ")
    };
    let text = line.iter().enumerate().map(cell).collect::<String>();
    format!("{}\n", text.trim_end())
}

fn width(column: usize, lines: &[Vec<String>]) -> usize {
    let cells = lines.iter().filter_map(|line| line.get(column));
    cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Row, Verdict, render};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |first: &str, verdict| Row {
            cells: vec![first.to_owned(), "200 duplicate".to_owned()],
            verdict,
        };
        let rows = [
            row("…", Verdict::AsExpected),
            row("longer", Verdict::Wrong("401".to_owned())),
            row("a", Verdict::Ours),
        ];
        assert_eq!(
            render(&["sent", "answered"], &rows),
            "sent    answered\n\
             …       200 duplicate  as expected\n\
             longer  200 duplicate  WRONG: expected 401\n\
             a       200 duplicate\n"
        );
    }
}
