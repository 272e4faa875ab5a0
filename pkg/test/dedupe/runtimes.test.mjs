// `once` where the other tests don't go: in Node.js 20, and in Bun with its own SQLite.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { project } from "../node/installed.mjs";
import { tool } from "../runtimes/places.mjs";

const PROGRAM = `
import { sign, Verifier } from "countersign";
import { once } from "countersign/dedupe";

const secret = "the secret of the first source";
const verifier = new Verifier("peeker", { secrets: secret });
const event = verifier.verify("{}", sign("peeker", { secret, id: "evt_1", body: "{}" }));
const work = ({ signal }) => new Promise((done) => setTimeout(() => done(signal.aborted), 100));
const results = await Promise.all([1, 2].map(() => once(store, event, work)));
const last = await once(store, event, () => {});
// Which of the two was first, nobody can say.
results.sort((one, other) => (one.status < other.status ? 1 : -1));
console.log([...results, last].map(({ status, value }) => [status, value]).join());
`;
const MEMORY = `
import { memoryStore } from "countersign/dedupe";
const store = memoryStore();
`;
const BUN_SQLITE = `
import { Database } from "bun:sqlite";
import { createTable, sqlStore } from "countersign/dedupe/sql";
const db = new Database(":memory:");
db.run(createTable());
const store = sqlStore((text, values) => db.query(text).all(...values), { dialect: "sqlite" });
`;

for (const [name, command, store] of [
  ["Node.js 20", [tool("node20/bin/node")], MEMORY],
  ["Bun", [tool(".bin/bun"), "--no-install"], MEMORY],
  ["Bun's SQLite", [tool(".bin/bun"), "--no-install"], BUN_SQLITE],
]) {
  test(name, () => {
    const file = join(project, `dedupe-${name.replace(/\W+/g, "-")}.mjs`);
    writeFileSync(file, store + PROGRAM);
    const [program, ...words] = [...command, file];
    const output = execFileSync(program, words, { cwd: project, encoding: "utf8" });
    assert.equal(output, "done,false,busy,,duplicate,\n");
  });
}
