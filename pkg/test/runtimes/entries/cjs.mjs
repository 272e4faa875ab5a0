// CommonJS; esbuild makes `require` of every import in here.

import { report } from "./report.mjs";

const resolved = [require.resolve("countersign")];
report().then((made) => {
  const { node: version } = process.versions;
  console.log(`report: ${JSON.stringify({ version, resolved, ...made })}`);
});
