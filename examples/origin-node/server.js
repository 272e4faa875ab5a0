// An application behind the gateway. It answers 2xx once what an event changes is committed, and acts once on each
// delivery, however often that arrives and whenever this process dies.

import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { Verifier } from "countersign";

const { PORT = "8080", DATABASE = "origin.db", SIGNING_SECRETS } = process.env;
const MAX_BYTES = 1_048_576; // the gateway's `maxBodyBytes`
const KEEP_DELIVERIES = "-45 days"; // the gateway's `retentionDays`, twice its schedule, and some

// What the destination's `signingSecret` names; during a rotation both, with a comma between them.
const verifier = new Verifier("standard-webhooks", { secrets: SIGNING_SECRETS?.split(",") ?? [] });

const db = new DatabaseSync(DATABASE);
db.exec(`
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL; -- a commit is on the disk before it is answered
  CREATE TABLE IF NOT EXISTS delivery (id TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, status TEXT NOT NULL, rank INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY, delivery TEXT NOT NULL, task TEXT NOT NULL) STRICT;
`);
const claim = db.prepare("INSERT INTO delivery (id, at) VALUES (?, datetime('now')) ON CONFLICT (id) DO NOTHING");
const forget = db.prepare("DELETE FROM delivery WHERE at < datetime('now', ?)");
const setStatus = db.prepare(`
  INSERT INTO orders (id, status, rank) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET status = excluded.status, rank = excluded.rank WHERE excluded.rank >= orders.rank`);
const addJob = db.prepare("INSERT INTO job (delivery, task) VALUES (?, ?)");
const nextJob = db.prepare("SELECT id, delivery, task FROM job WHERE id > ? ORDER BY id LIMIT 1");
const removeJob = db.prepare("DELETE FROM job WHERE id = ?");

/** What an event changes. It runs inside the transaction: only the database, no await. */
function act(event) {
  if (!event.type?.startsWith("order.")) return; // a type that we have no use for is no error
  const { data } = event.json();
  // Events come in any order. `data.status` says how things stand; a late event does not open again what is over.
  const rank = { completed: 1, failed: 1, cancel_scheduled: 2, cancelled: 3 }[data.status] ?? 0;
  setStatus.run(data.order_id, data.status, rank);
  addJob.run(event.id, `tell the customer: order ${data.order_id} is ${data.status}`);
}

/** The claim and the work commit together, or neither does. */
function once(event) {
  db.exec("BEGIN IMMEDIATE");
  try {
    // event.id is the delivery id, from the signed `webhook-id`: the same for all attempts, another for a replay.
    if (claim.run(event.id).changes === 1) act(event);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** What takes long, after the answer. Whoever is killed before removeJob does it again: pass the delivery id on. */
async function perform(job) {
  console.log(JSON.stringify(job)); // stands for: await mail(job.task, { idempotencyKey: job.delivery })
  removeJob.run(job.id);
}

let performing = false;
async function performAll() {
  if (performing) return;
  performing = true;
  for (let job = nextJob.get(0); job; job = nextJob.get(job.id)) await perform(job).catch(console.error);
  performing = false;
}

async function readBody(req) {
  const chunks = [];
  let length = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function statusFor(req) {
  if (req.method !== "POST") return 405;
  const body = await readBody(req);
  if (!body) return 413;
  const { ok, event, error } = verifier.safeVerify(body, req.headers);
  if (!ok) console.warn(error.code, error.message); // for us; who forges requests is told nothing
  if (!ok) return 401;
  once(event);
  return 204;
}

// Who sends slowly gets 408 from Node. What we throw is a 500, and the gateway tries again.
const server = createServer({ requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }, async (req, res) => {
  const status = await statusFor(req).catch((error) => (console.error(error), 500));
  if (!req.complete) res.setHeader("connection", "close"); // the rest is not read
  res.writeHead(status).end();
  performAll();
});

forget.run(KEEP_DELIVERIES);
setInterval(() => forget.run(KEEP_DELIVERIES), 3_600_000);
setInterval(performAll, 10_000); // jobs that failed
performAll(); // jobs that were left when the process died
server.listen(Number(PORT), () => console.log(`listening on port ${server.address().port}`));
