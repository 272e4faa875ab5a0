/** What can be imported: modules in pkg/src. */
export const ENTRIES = [
  "index",
  "explain/index",
  "standard-webhooks",
  "dedupe/index",
  "dedupe/redis",
  "dedupe/sql",
  "dedupe/kv",
  "dedupe/deno-kv",
  "express",
  "fastify",
  "hono",
  "next",
  "node",
  "workers",
  "gateway",
];

/** How an entry is named behind the package's name: nothing, or with a slash before it. */
export const subpath = (entry) => `/${entry}`.replace(/\/index$/, "");
