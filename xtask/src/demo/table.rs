//! The table at the end of the demo.

/// One line of it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) sent: String,
    pub(crate) answered: String,
    pub(crate) saw: String,
    /// What should have been answered and seen, if it was not.
    pub(crate) expected: Option<(String, &'static str)>,
}

impl Row {
    fn cells(&self) -> [String; 4] {
        let verdict = match &self.expected {
            None => "as expected".to_owned(),
            Some((answer, saw)) => format!("WRONG: expected {answer}, and {saw}"),
        };
        [self.sent.clone(), self.answered.clone(), self.saw.clone(), verdict]
    }
}

pub(crate) fn render(rows: &[Row]) -> String {
    let head = ["sent", "answered", "the origin saw", ""].map(str::to_owned);
    let lines = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect::<Vec<_>>();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let line = |[sent, answered, saw, verdict]: &[String; 4]| {
        let [a, b, c] = widths;
        format!("{sent:<a$}  {answered:<b$}  {saw:<c$}  {verdict}").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}
