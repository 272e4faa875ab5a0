// A Worker in workerd, as a process of its own: no wrangler, no Miniflare, storage on disk.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BINARY = join(ROOT, 'node_modules/.bin/workerd');
const COMPATIBILITY_DATE = '2026-10-01';

/**
 * Starts a Worker, with one class of Durable Objects or without.
 *
 * - `directory`: for its configuration, its storage and what it logs; kept from one start to the next
 * - `modules`: paths of its modules, the entry first
 * - `object`: the name of the class, bound as INBOX; without it there is none
 * - `vars`: its variables: text, or what becomes JSON
 * - `v8Flags`: what the JavaScript engine is told
 */
export async function startWorkerd({ directory, modules, object, vars = {}, v8Flags = [] }) {
  mkdirSync(join(directory, 'objects'), { recursive: true });
  for (const path of modules) copyFileSync(path, join(directory, basename(path)));
  writeFileSync(join(directory, 'config.capnp'), config({ modules, object, vars, v8Flags }));
  const log = openSync(join(directory, 'log'), 'a');
  const arguments_ = ['serve', 'config.capnp', '--socket-addr=http=127.0.0.1:0', '--control-fd=3'];
  const child = spawn(BINARY, arguments_, { cwd: directory, stdio: ['ignore', log, log, 'pipe'] });
  closeSync(log);
  const ended = once(child, 'exit');
  const port = await Promise.race([portOf(child.stdio[3]), ended.then(([code]) => failed(directory, code))]);
  return {
    pid: child.pid,
    port,
    directory,
    objects: join(directory, 'objects'),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

async function portOf(control) {
  for await (const line of createInterface(control)) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return port;
  }
  // The other promise says why.
  return new Promise(() => {});
}

function failed(directory, code) {
  throw new Error(`workerd ended with ${code}: see ${join(directory, 'log')}`);
}

function config({ modules, object, vars, v8Flags }) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ${JSON.stringify(v8Flags)},
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = "objects", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  compatibilityDate = "${COMPATIBILITY_DATE}",
  modules = [${modules.map(moduleOf).join(', ')}],
  bindings = [${[...Object.entries(vars).map(binding), ...(object ? [objectBinding(object)] : [])].join(', ')}],
  ${object ? namespace(object) : ''}
);
`;
}

const namespace = (object) => `durableObjectNamespaces = [(className = "${object}", uniqueKey = "${object}", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),`;

function moduleOf(path) {
  const name = basename(path);
  const kind = name.endsWith('.wasm') ? 'wasm' : 'esModule';
  return `(name = "./${name}", ${kind} = embed "${name}")`;
}

function binding([name, value]) {
  const [kind, text] = typeof value === 'string' ? ['text', value] : ['json', JSON.stringify(value)];
  return `(name = "${name}", ${kind} = ${JSON.stringify(text)})`;
}

const objectBinding = (object) => `(name = "INBOX", durableObjectNamespace = "${object}")`;
