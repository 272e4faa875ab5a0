// What an application that runs in Node, Deno or Bun does besides serving.

import { recordUnhandled } from "./record.mjs";

process.on("unhandledRejection", recordUnhandled);
process.on("uncaughtException", recordUnhandled);

/** Ends with the test that started this process, whatever becomes of it. */
process.stdin
  .on("end", () => process.exit())
  .on("error", () => process.exit())
  .resume();

export const ready = (port) => console.log(`port: ${port}`);

/** Listens, and says where. */
export const listen = (server) => {
  server.listen(0, "127.0.0.1", () => ready(server.address().port));
};
