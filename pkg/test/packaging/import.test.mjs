// Importing the package does nothing that anybody could see, and what isn't used costs nothing.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { ENTRIES, subpath } from "../entries.mjs";
import { newProject, run } from "./project.mjs";

const LIMIT_GZIP_BYTES = 36 * 1024;
/** Entries that throw where they can't run, which is their purpose: newcomer.test.mjs has what they say. */
const ELSEWHERE = ["gateway"];
const NAMES = ENTRIES.filter((entry) => !ELSEWHERE.includes(entry)).map((entry) => `countersign${subpath(entry)}`);

let folder;

before(() => {
  folder = newProject();
});

// What may be read or made without anybody seeing it.
const HARMLESS = [
  "Array", "ArrayBuffer", "BigInt", "Date", "Error", "FinalizationRegistry", "Function", "Map", "Number", "Object",
  "Promise", "Proxy", "Reflect", "RegExp", "Set", "String", "Symbol", "TextDecoder", "TextEncoder", "TypeError", "Uint8Array", "WeakMap", "WeakSet",
];

/** Every property of the global object says when somebody reads or writes it; then the package is imported. */
const watch = (load) => `
const shapes = () => JSON.stringify([globalThis, ...Object.values(Object.getOwnPropertyDescriptors(globalThis))
  .map(({ value }) => value).filter((value) => typeof value === "function")]
  .flatMap((value) => [value, value.prototype ?? {}]).map((value) => Reflect.ownKeys(value).map(String)));
const touched = [];
const print = console.log.bind(console);
const resources = () => process.getActiveResourcesInfo().join();
const [shapesBefore, resourcesBefore] = [shapes(), resources()];
const descriptors = Object.getOwnPropertyDescriptors(globalThis);
const { ownKeys, defineProperty } = Reflect;
const self = globalThis;
for (const name of ownKeys(descriptors)) {
  const { configurable, enumerable, value, get } = descriptors[name];
  if (!configurable) continue;
  const current = () => (get === undefined ? value : get.call(self));
  defineProperty(self, name, {
    configurable,
    enumerable,
    get() { touched.push(name); return current(); },
    set() { touched.push(name + " written"); },
  });
}
const finish = () => {
  const seen = [...touched];
  Object.defineProperties(globalThis, descriptors);
  print(JSON.stringify({
    touched: [...new Set(seen)],
    sameGlobals: shapes() === shapesBefore,
    sameResources: resources() === resourcesBefore,
  }));
};
${load}
`;

const LOADERS = {
  mjs: (entry) => `import(${JSON.stringify(entry)}).then(finish);`,
  cjs: (entry) => `require(${JSON.stringify(entry)}); finish();`,
};

describe("an import that does nothing", () => {
  for (const entry of NAMES) {
    for (const [ending, load] of Object.entries(LOADERS)) {
      test(`${entry}, ${ending === "mjs" ? "an ES module" : "CommonJS"}`, () => {
        const file = join(folder, `watch.${ending}`);
        writeFileSync(file, watch(load(entry)));
        // No other file, no child, no worker: Node.js itself refuses.
        const output = run(folder, process.execPath, "--permission", `--allow-fs-read=${folder}`, file);
        const { touched, ...same } = JSON.parse(output);
        assert.deepEqual(touched.filter((name) => !HARMLESS.includes(name)), []);
        assert.deepEqual(same, { sameGlobals: true, sameResources: true });
      });
    }
  }

  test("what it watches for, it sees", () => {
    const file = join(folder, "watch.cjs");
    const acts = "fetch; setTimeout(() => {}, 1); WebAssembly.Module; globalThis.mine = 1; Array.prototype.mine = 1;";
    writeFileSync(file, watch(`${acts} finish(); process.exit();`));
    const { touched, ...same } = JSON.parse(run(folder, process.execPath, file));
    for (const name of ["fetch", "setTimeout", "WebAssembly"]) assert.ok(touched.includes(name), name);
    assert.deepEqual(same, { sameGlobals: false, sameResources: false });
  });
});

/** The application's text after bundling. */
const BUNDLERS = {
  async esbuild(source) {
    const options = { bundle: true, format: "esm", minify: true, write: false, logLevel: "silent" };
    const stdin = { contents: source, resolveDir: folder };
    const { outputFiles } = await build({ ...options, target: "es2022", stdin });
    return outputFiles[0].text;
  },
  async vite(source) {
    const entry = join(folder, "entry.mjs");
    writeFileSync(entry, source);
    const options = { write: false, target: "es2022", lib: { entry, formats: ["es"] } };
    const [{ output }] = await vite({ root: folder, configFile: false, logLevel: "silent", build: options });
    return output[0].code;
  },
  // Rollup knows nothing of package.json: it sees for itself that the code does nothing.
  async rollup(source) {
    const manifest = JSON.parse(readFileSync(join(folder, "node_modules/countersign/package.json"), "utf8"));
    const resolveId = (id) => {
      if (id === "entry") return id;
      const entry = manifest.exports[id.replace("countersign", ".")];
      return entry && join(folder, "node_modules/countersign", entry.import.default);
    };
    const load = (id) => (id === "entry" ? source : null);
    const bundle = await rollup({ input: "entry", plugins: [{ name: "project", resolveId, load }] });
    const { output } = await bundle.generate({ format: "es" });
    return output[0].code;
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  describe(`an application, bundled by ${name}`, () => {
    const IMPORTS = [
      'import "countersign";',
      'import { Verifier, sign } from "countersign";',
      'import { explain } from "countersign/explain";',
      'import { Webhook } from "countersign/standard-webhooks";',
      'import { webhook } from "countersign/express";',
      'import { memoryStore, once } from "countersign/dedupe";',
      'import { sqlStore } from "countersign/dedupe/sql";',
    ];
    for (const imports of IMPORTS) {
      test(`\`${imports}\` that nobody uses leaves nothing`, async () => {
        const application = "globalThis.application = 1;";
        assert.equal(await bundle(`${imports}\n${application}`), await bundle(application));
      });
    }

    test("one that only verifies has nothing of explain", async () => {
      const verifying = 'import { Verifier } from "countersign"; globalThis.it = Verifier;';
      const explaining = 'import { explain } from "countersign/explain"; globalThis.explain = explain;';
      const both = await bundle(`${verifying}\n${explaining}`);
      const alone = await bundle(verifying);
      for (const piece of ["The signature is genuine", "trailing_newline", "foreign_verifier"]) {
        assert.ok(both.includes(piece), piece);
        assert.ok(!alone.includes(piece), piece);
      }
      const cores = (text) => text.split("WebAssembly.Module(").length - 1;
      assert.deepEqual([cores(alone), cores(both)], [1, 1], "they share the core");
    });

    test("one that only needs the errors gets no wasm", async () => {
      const text = await bundle('import { ConfigError } from "countersign"; globalThis.it = ConfigError;');
      assert.ok(text.length < 4096, `${text.length} bytes`);
      assert.doesNotMatch(text, /WebAssembly/);
    });
  });
}

test("`import { once, memoryStore }` costs little, and has none of the wasm", async () => {
  const text = await BUNDLERS.esbuild('export { memoryStore, once } from "countersign/dedupe";');
  const size = gzipSync(text, { level: 9 }).length;
  console.log(`size: import { memoryStore, once }: ${text.length} bytes, ${size} gzip`);
  assert.ok(size <= 4_096, `${size} bytes`);
  assert.doesNotMatch(text, /WebAssembly/);
});

test("`import { Verifier }` costs at most 36 kB, the wasm included", async () => {
  const text = await BUNDLERS.esbuild('export { Verifier } from "countersign";');
  const size = gzipSync(text, { level: 9 }).length;
  console.log(`size: import { Verifier }: ${text.length} bytes, ${size} gzip, at most ${LIMIT_GZIP_BYTES}`);
  assert.ok(size <= LIMIT_GZIP_BYTES, `${size} bytes`);
});
