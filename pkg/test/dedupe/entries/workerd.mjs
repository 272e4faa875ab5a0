// What runs in workerd: the contract, on D1, in a Durable Object and on KV; and what is particular
// to KV. One request is one promise, or a task.

import * as countersign from "countersign";
import * as dedupe from "countersign/dedupe";
import { kvStore } from "countersign/dedupe/kv";
import { createTable, sqlStore } from "countersign/dedupe/sql";
import { DurableObject } from "cloudflare:workers";
import { CONTRACT } from "../contract.mjs";
import { KV_PROMISES } from "../kv-promises.mjs";

export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    if (name === "object") return env.OBJECT.get(env.OBJECT.idFromName("one")).fetch(request);
    return answer(request, await RIGS[name](env));
  },
};

export class StoreObject extends DurableObject {
  async fetch(request) {
    const query = (text, values = []) => this.ctx.storage.sql.exec(text, ...values).toArray();
    return answer(request, await sqlRig(query));
  }
}

async function answer(request, rig) {
  const word = await request.text();
  if (Object.hasOwn(TASKS, word)) return new Response(await TASKS[word](rig));
  const { [word]: hold } = { ...CONTRACT, ...KV_PROMISES };
  const error = await hold({ ...countersign, ...dedupe, ...rig }).then(() => "", (thrown) => thrown.stack);
  return new Response(error);
}

const KILLED = { key: "killed" };
const statusOf = async ({ open }, handler) => (await dedupe.once(await open(), KILLED, handler)).status;

let hanging = 0;
const hang = () => {
  hanging += 1;
  return new Promise(() => {});
};

/** For a workerd that is killed, and for the one that comes after it. */
const TASKS = {
  hang: (rig) => statusOf(rig, hang),
  count: async () => String(hanging),
  run: (rig) => statusOf(rig, () => {}),
  wait: async ({ advance }) => void (await advance(30_001)),
};

const RIGS = { d1, kv };

function d1({ DB }) {
  return sqlRig(async (text, values = []) => {
    const statement = DB.prepare(text).bind(...values);
    return (await statement.all()).results;
  });
}

async function sqlRig(query) {
  await query(createTable());
  const store = sqlStore(query, { dialect: "sqlite" });
  return {
    open: async () => store,
    advance: async (ms) =>
      void (await query("UPDATE countersign_dedupe SET expires_at = expires_at - ?", [ms])),
  };
}

let aheadMs = 0;
let isolate;
const now = () => Date.now() + aheadMs;

function kv({ SEEN }) {
  isolate ??= kvStore(SEEN, { now });
  return {
    open: async () => isolate,
    advance: async (ms) => void (aheadMs += ms),
    namespace: SEEN,
    isolate: (namespace = SEEN, options = {}) => kvStore(namespace, { now, ...options }),
  };
}
