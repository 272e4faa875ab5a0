// The declarations where nothing else is installed: no framework, no types of Node, no DOM.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { ROOT, newProject, run } from "./project.mjs";

const PROGRAM = `
import { Verifier } from "countersign";
import { webhook as forExpress } from "countersign/express";
import { rawBody, webhook as forFastify } from "countersign/fastify";
import { webhook as forHono } from "countersign/hono";
import { pagesWebhook, webhook as forNext } from "countersign/next";
import { verifyRequest, webhook as forNode } from "countersign/node";
import { webhook as forWorkers } from "countersign/workers";

const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
export const all = [
  forExpress(verifier, (event, { res }) => res.sendStatus(event.keyId.length)),
  forFastify(verifier, (event, { reply }) => reply.send(event.type)),
  forHono(verifier, (event, c) => c.json(event.id)),
  forNext(verifier, (event, { request, params }) => [event.id, request.url, params]),
  forNode(verifier, (event, { response }) => response.end(event.id)),
  forWorkers((env: { SECRET: string }) => new Verifier("peeker", { secrets: env.SECRET }), () => {}),
  pagesWebhook(verifier, (event, { res }) => res.json(event.id)),
  rawBody,
  verifyRequest,
];
// @ts-expect-error: the event has its types, whatever the rest is
forNode(verifier, (event) => event.other);
`;

let folder;

before(() => {
  folder = newProject();
  const files = ["program.mts", "program.cts"];
  for (const file of files) writeFileSync(join(folder, file), PROGRAM);
  const compilerOptions = {
    ...{ module: "nodenext", target: "es2022", lib: ["es2022"], types: [] },
    ...{ strict: true, noEmit: true, skipLibCheck: false },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
});

describe("adapters compile where no framework is installed", () => {
  for (const compiler of ["typescript5", "typescript"]) {
    test(compiler, () => {
      const tsc = join(ROOT, "node_modules", compiler, "bin/tsc");
      let output = "";
      try {
        run(folder, process.execPath, tsc);
      } catch (error) {
        output = error.stdout;
      }
      assert.equal(output, "");
    });
  }
});
