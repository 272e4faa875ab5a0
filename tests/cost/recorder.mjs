// Records what JavaScript does with a WebAssembly instance: every call of an export with its arguments, what was
// written into the memory before it, what it returned; and the same of the functions that the instance imports. It
// knows no names, so that it need not change with the boundary. `replay.py` does it all again.

const PIECE = 4096;

/** The recordings of all instances that were made since, oldest first. */
export function recordInstances() {
  const recordings = [];
  const { Instance, Module } = WebAssembly;
  const binaries = new WeakMap();
  WebAssembly.Module = function (bytes) {
    const module = new Module(bytes);
    binaries.set(module, Buffer.from(bytes.buffer ?? bytes, bytes.byteOffset, bytes.byteLength));
    return module;
  };
  WebAssembly.Module.prototype = Module.prototype;
  WebAssembly.Instance = function (module, imports) {
    const recording = new Recording(binaries.get(module));
    recordings.push(recording);
    return { exports: recording.instantiate(Instance, module, imports) };
  };
  return recordings;
}

class Recording {
  calls = [];
  #binary;
  #memory;
  /** The memory as WebAssembly left it. */
  #known = Buffer.alloc(0);
  /** The calls that have not returned, innermost last. */
  #open = [];
  #label = "setup";

  constructor(binary) {
    this.#binary = binary;
  }

  /** The wasm file that it is an instance of. */
  get binary() {
    return this.#binary;
  }

  /** What the calls from here on belong to. */
  label(label) {
    this.#label = label;
  }

  instantiate(Instance, module, imports) {
    const wrapped = mapObject(imports, (namespace) =>
      mapObject(namespace, (value, name) => this.#asImport(name, value)),
    );
    const { exports } = new Instance(module, wrapped);
    this.#memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
    this.#remember();
    return mapObject(exports, (value, name) => this.#asExport(name, value));
  }

  #asExport(name, value) {
    if (typeof value !== "function") return value;
    return (...args) => {
      const call = { name, label: this.#label, args: args.map(encode), writes: this.#writes(), imports: [] };
      if (this.#open.length > 0) throw new Error(`${name} is called while ${this.#open.at(-1).name} runs`);
      this.#open.push(call);
      const result = value(...args);
      this.#open.pop();
      this.#remember();
      this.calls.push({ ...call, result: encode(result) });
      return result;
    };
  }

  #asImport(name, value) {
    if (typeof value !== "function") return value;
    return (...args) => {
      this.#remember();
      const result = value(...args);
      this.#open.at(-1)?.imports.push({ name, writes: this.#writes(), result: encode(result) });
      return result;
    };
  }

  #bytes() {
    return Buffer.from(this.#memory.buffer);
  }

  #remember() {
    const bytes = this.#bytes();
    if (this.#known.length === bytes.length) bytes.copy(this.#known);
    else this.#known = Buffer.from(bytes);
  }

  /** What JavaScript has written: where, and what. */
  #writes() {
    const bytes = this.#bytes();
    const writes = [];
    for (let start = 0; start < bytes.length; start += PIECE) {
      const piece = bytes.subarray(start, start + PIECE);
      const known = this.#known.subarray(start, start + PIECE);
      if (!piece.equals(known)) {
        const [first, end] = difference(piece, known);
        writes.push([start + first, piece.subarray(first, end).toString("base64")]);
      }
    }
    return writes;
  }
}

/** Where two pieces begin to differ, and where they end to. */
function difference(piece, known) {
  let [first, end] = [0, piece.length];
  while (piece[first] === known[first]) first++;
  while (piece[end - 1] === known[end - 1]) end--;
  return [first, end];
}

function mapObject(object, map) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));
}

/** JSON has neither NaN nor bigints. */
function encode(value) {
  if (value === undefined) return null;
  if (typeof value === "boolean") return String(Number(value));
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw new Error(`a ${typeof value} crosses the boundary, and can't be recorded yet`);
}
