// The corpus: what every runtime gets, and how much of it each has to report.

import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { VECTORS } from "./places.mjs";

/** The parsed files by name, without `.json`. */
export function readVectors() {
  const files = readdirSync(VECTORS).filter((name) => name.endsWith(".json")).sort();
  const parse = (name) => JSON.parse(readFileSync(join(VECTORS, name), "utf8"));
  return Object.fromEntries(files.map((name) => [basename(name, ".json"), parse(name)]));
}

/** The counts by name, from the files alone. */
export const countVectors = () =>
  Object.fromEntries(Object.entries(readVectors()).map(([name, file]) => [name, count(file)]));

function count({ testGroups }) {
  const accepted = testGroups.filter((group) => group.keysResult === undefined);
  const vectors = accepted.flatMap((group) => group.tests);
  return {
    vectors: vectors.length,
    refusedKeyrings: testGroups.length - accepted.length,
    requests: vectors.filter(fitsInRequest).length,
  };
}

/** `Headers` takes neither NUL nor a line break. */
const fitsInRequest = ({ headers }) => headers.every(([, value]) => !/[\0\r\n]/.test(value));
