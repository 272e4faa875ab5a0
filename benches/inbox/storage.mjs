// Looks into the shards' SQLite files while nobody has them open.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const OLD = 40 * 86_400_000;

/** Makes an inbox look older than any dedupe window. */
export function ageLayouts(objects) {
  for (const database of shards(objects)) {
    database.prepare('UPDATE layout SET first_at = first_at - ?').run(OLD);
    database.close();
  }
}

/** How many events are stored, and how many deliveries are in which state. */
export function count(objects) {
  const counts = { events: 0 };
  for (const database of shards(objects)) {
    counts.events += database.prepare('SELECT count(*) AS n FROM event').get().n;
    for (const { state, n } of database.prepare('SELECT state, count(*) AS n FROM delivery GROUP BY state').all()) {
      counts[state] = (counts[state] ?? 0) + n;
    }
    database.close();
  }
  return counts;
}

function shards(objects) {
  const files = readdirSync(objects, { recursive: true }).filter((file) => file.endsWith('.sqlite'));
  const databases = files.map((file) => new DatabaseSync(join(objects, file)));
  return databases.filter((database) => {
    const isShard = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'delivery'").get() !== undefined;
    if (!isShard) database.close();
    return isShard;
  });
}
