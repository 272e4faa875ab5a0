// One life of the gateway: the built Worker in workerd, on storage that others have used before.

import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

process.on('disconnect', end);
process.once('message', start);
if (!process.connected) end();

/** Whoever started us is gone, and nobody else would end us and workerd. */
function end() {
  process.kill(-process.pid, 'SIGKILL');
}

async function start({ worker, bindings, storage, log }) {
  const output = createWriteStream(log, { flags: 'a' });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: modules(worker),
      compatibilityDate: '2026-10-01',
      bindings,
      kvNamespaces: ['SEEN'],
      durableObjects: { INBOX: { className: 'Inbox', useSQLite: true } },
      resourcePersistencePath: storage,
      handleStructuredLogs: ({ level, message }) => output.write(`${level} ${message}\n`),
      // The requests come straight to the Worker: Miniflare's own entry would rewrite them.
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      cf: false,
      logRequests: false,
    }),
  );
  await miniflare.ready;
  process.send({ url: String(await miniflare.unsafeGetDirectURL()) });
}

function modules(directory) {
  const read = (name) => readFileSync(join(directory, name));
  return [
    { type: 'ESModule', path: 'index.js', contents: read('index.js').toString('utf8') },
    { type: 'CompiledWasm', path: 'index_bg.wasm', contents: read('index_bg.wasm') },
  ];
}
