// The two packages under comparison, a clock that both read, and one way to write down what they say.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const project = process.env.COUNTERSIGN_PROJECT ?? join(root, "build/package-test/node-24-esm");
const fromProject = createRequire(join(project, "package.json"));

const manifestPath = fromProject.resolve("countersign/package.json");
const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
const esm = (entry) => {
  const target = manifest.exports[entry].import;
  return import(pathToFileURL(join(dirname(manifestPath), target.default ?? target)).href);
};

/** The installed package's entries, as ESM and as CommonJS. */
export const esmPackage = { core: await esm("."), webhooks: await esm("./standard-webhooks") };
export const cjsPackage = {
  core: fromProject("countersign"),
  webhooks: fromProject("countersign/standard-webhooks"),
};

/** The real `standardwebhooks`, of which one release is compared with. */
export const upstream = createRequire(join(root, "package.json"))("standardwebhooks");
export const upstreamVersion = createRequire(join(root, "package.json"))("standardwebhooks/package.json").version;

export const corpus = JSON.parse(readFileSync(join(root, "tests/vectors/standard_webhooks.json"), "utf8"));

const RealDate = Date;

/** Runs `task` at a time in milliseconds: `standardwebhooks` takes no clock. */
export const at = (now, task) => {
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(now);
      else super(...args);
    }
    static now() {
      return now;
    }
  };
  try {
    return task();
  } finally {
    globalThis.Date = RealDate;
  }
};

/**
 * What a package does with a request: `accepted` with a value, `unreadable` for a genuine body that
 * can't be parsed, `refused` by the documented error, `confused` by any other, or `no-webhook` where
 * there is no verifying with this secret.
 */
export const outcome = ({ Webhook, WebhookVerificationError }, request) => {
  let webhook;
  try {
    webhook = new Webhook(request.secret, request.options);
  } catch (error) {
    return { verdict: "no-webhook", code: error.code, error };
  }
  try {
    const value = at(request.now, () => webhook.verify(request.payload, request.headers(), request.verify));
    return { verdict: "accepted", value };
  } catch (error) {
    const { code, header } = error;
    if (error instanceof WebhookVerificationError) return { verdict: "refused", code, header, error };
    return { verdict: isUnreadable(error) ? "unreadable" : "confused", error };
  }
};

const isUnreadable = (error) => error instanceof SyntaxError || /utf-?8|encoded data/i.test(error.message);
