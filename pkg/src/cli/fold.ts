// JSON for people: what is deep, long or many is folded.

const MAX_DEPTH = 4;
const MAX_ENTRIES = 12;
const MAX_TEXT = 100;

/** A value in lines, as `JSON.stringify` indents it. */
export const folded = (value: unknown): string => foldAt(value, 0);

function foldAt(value: unknown, depth: number): string {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return String(JSON.stringify(value));
  const isList = Array.isArray(value);
  const [open, close] = isList ? "[]" : "{}";
  const entries = Object.entries(value);
  if (entries.length === 0) return `${open}${close}`;
  if (depth >= MAX_DEPTH) return `${open} … ${entries.length} ${close}`;
  const pad = "  ".repeat(depth + 1);
  const lines = entries
    .slice(0, MAX_ENTRIES)
    .map(([name, inner]) => pad + (isList ? "" : `${text(name)}: `) + foldAt(inner, depth + 1));
  const more = entries.length - lines.length;
  if (more > 0) lines.push(`${pad}… ${more} more`);
  return `${open}\n${lines.join(more > 0 ? "\n" : ",\n")}\n${"  ".repeat(depth)}${close}`;
}

function text(value: string): string {
  const characters = [...value];
  if (characters.length <= MAX_TEXT) return JSON.stringify(value);
  const shown = characters.slice(0, MAX_TEXT).join("");
  return `${JSON.stringify(shown)} … ${characters.length - MAX_TEXT} more`;
}
