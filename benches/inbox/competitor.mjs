// What the inbox is compared with: as little JavaScript as can store the same row. It verifies nothing, recognises no
// copies, has nothing to deliver, and logs nothing.

import { DurableObject } from 'cloudflare:workers';

export class Inbox extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(
      `CREATE TABLE IF NOT EXISTS event (
        seq INTEGER PRIMARY KEY, key TEXT NOT NULL, variant TEXT NOT NULL, id TEXT NOT NULL, type TEXT,
        accepted_at INTEGER NOT NULL, conflict INTEGER NOT NULL, rounds INTEGER NOT NULL, copies INTEGER NOT NULL,
        last_copy_at INTEGER, head TEXT NOT NULL, body_at TEXT, body BLOB, UNIQUE (key, variant)
      )`,
    );
  }

  accept(key, variant, id, type, now, head, body) {
    this.sql.exec(
      `INSERT INTO event (key, variant, id, type, accepted_at, conflict, rounds, copies, head, body)
       VALUES (?, ?, ?, ?, ?, 0, 0, 0, ?, ?)`,
      key, variant, id, type, now, head, body,
    );
  }
}

export default {
  async fetch(request, env) {
    const header = (name) => request.headers.get(name);
    const id = header('peeker-event-id');
    const signature = header('peeker-signature');
    const head = JSON.stringify({
      contentType: header('content-type'),
      typeConflict: false,
      headers: { 'peeker-event-id': id, 'peeker-timestamp': header('peeker-timestamp'), 'peeker-signature': signature },
    });
    const body = await request.arrayBuffer();
    const shard = env.INBOX.get(env.INBOX.idFromName(`peeker/${hash(id) % env.SHARDS}`));
    // The row's `variant` is a digest there; here it is another text of that length.
    await shard.accept(`peeker:${id}`, signature.slice(3, 35), id, 'order.created', Date.now(), head, body);
    return Response.json({ status: 'accepted', id }, { status: 202 });
  },
};

function hash(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
