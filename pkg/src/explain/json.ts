// How others would have written a JSON document.

/**
 * The document as serialisers write it. Numbers stay as they are: reading `1.0` and writing it
 * again would lose it.
 *
 * @throws SyntaxError if it is no JSON, RangeError if it gets too long
 */
export function* rewritings(json: string): Generator<readonly [how: string, text: string]> {
  JSON.parse(json);
  for (const [layout, indent, comma, colon] of LAYOUTS) {
    const plain = layOut(json, indent, comma, colon);
    yield [layout, plain];
    for (const characters of ESCAPED) {
      const text = plain.replace(characters, (character) => {
        const digits = character.charCodeAt(0).toString(16).padStart(4, "0");
        if (character === "/") return "\\/";
        return `\\u${characters === DOT_NET ? digits.toUpperCase() : digits}`;
      });
      if (text !== plain) yield [`${layout}, escaping ${characters.source}`, text];
    }
  }
}

type Layout = readonly [name: string, indent: string, comma: string, colon: string];

const LAYOUTS: readonly Layout[] = [
  ["without spaces", "", ",", ":"],
  ["with spaces", "", ", ", ": "],
  ["indented by 2", "  ", ",", ": "],
  ["indented by 4", "    ", ",", ": "],
  ["indented by tabs", "\t", ",", ": "],
];

const DOT_NET = /[<>&'+`\x7f-\uffff]/g;

/** What is escaped beyond need: by Python, by PHP (one or both of two), by Go, Gson and .NET. */
const ESCAPED = [
  /[\x7f-\uffff]/g,
  /\//g,
  /[/\x7f-\uffff]/g,
  /[<>&\u2028\u2029]/g,
  /[<>&='\u2028\u2029]/g,
  DOT_NET,
];

function layOut(json: string, indent: string, comma: string, colon: string): string {
  let depth = 0;
  let growth = 0;
  const line = (by: number): string => {
    depth += by;
    growth += depth * indent.length;
    if (growth > MAX_GROWTH) throw new RangeError();
    return indent && `\n${indent.repeat(depth)}`;
  };
  return json.replace(TOKEN, (token) => {
    const [first, second] = token;
    if (first === '"') return JSON.stringify(JSON.parse(token));
    if (first === "{" || first === "[") return second ? first + token.at(-1) : first + line(1);
    if (first === "}" || first === "]") return line(-1) + first;
    return first === "," ? comma + line(0) : first === ":" ? colon : "";
  });
}

/** Safe on JSON only: an open string would be searched again and again. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\]:,]|\s+/g;

/** Indentation can make a small document with many levels very long. */
const MAX_GROWTH = 1 << 20;
