// The table of all runtimes, and the counts of the corpus.

const COLUMNS = [
  ["runtime", ({ runtime }) => runtime.name],
  ["version", ({ report }) => report.version],
  ["digests", ({ report }) => report.digests.join(" ")],
  ["vectors", ({ report }) => sum(files(report), (file) => file.vectors)],
  ["refused keyrings", ({ report }) => sum(files(report), (file) => file.refusedKeyrings)],
  ["other checks", ({ report }) => sum(others(report), (section) => section.checks)],
  ["optional", ({ report }) => sum(others(report).flatMap(optional), Number)],
  ["seconds", ({ seconds }) => seconds.toFixed(1)],
];
/** Words stand to the left, figures to the right. */
const WORDS = 3;

/** A row for each runtime that gave a report. */
export function table(outcomes) {
  const head = COLUMNS.map(([name]) => name);
  const row = (outcome) => COLUMNS.map(([, cell]) => String(cell(outcome)));
  const rows = [head, ...outcomes.map(row)];
  const widths = head.map((_, i) => Math.max(...rows.map((cells) => cells[i].length)));
  const pad = (cell, i) => (i < WORDS ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  return rows.map((cells) => cells.map(pad).join("  ")).join("\n");
}

/** A line for each file of vectors. */
export function corpusLines(counted, outcomes) {
  const paths = Math.max(...outcomes.map(({ report }) => report.digests.length));
  return Object.entries(counted).map(
    ([file, { vectors, refusedKeyrings }]) =>
      `corpus: ${file}: ${vectors} vectors by ${paths} paths, ` +
      `${refusedKeyrings} refused keyrings, the same on ${outcomes.length} runtimes`,
  );
}

const files = ({ corpus }) => Object.values(corpus);
const optional = (section) => Object.values(section.optional);
const others = ({ sections }) => sections.filter(({ name }) => name !== "corpus");
const sum = (items, figure) => items.reduce((total, item) => total + figure(item), 0);
