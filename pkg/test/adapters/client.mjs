// A sender that writes exactly what it is told, byte by byte if need be, and reads what comes.

import { connect } from "node:net";

/** An open connection. `write` and `destroy` as on a socket; `answer` waits for the next response. */
export class Client {
  #socket;
  #received = Buffer.alloc(0);
  #news = Promise.withResolvers();

  constructor(port) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    this.closed = new Promise((resolve) => this.#socket.once("close", resolve));
    // A reset comes after what was said, or instead of it: `answer` tells which.
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk) => this.#tell(Buffer.concat([this.#received, chunk])));
    this.#socket.on("end", () => this.#end());
    this.#socket.on("close", () => this.#end());
  }

  /** A head, with names and values as pairs or as an object. */
  head(path, headers, method = "POST") {
    const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
    const lines = [["host", "receiver.test"], ...pairs].map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return this.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }

  /** Writes all of it, and waits until it has gone; says whether it could. */
  async write(data) {
    if (this.#socket.destroyed) return false;
    if (this.#socket.write(data)) return true;
    const drained = new Promise((resolve) => this.#socket.once("drain", resolve));
    await Promise.race([drained, this.closed]);
    return !this.#socket.destroyed;
  }

  destroy() {
    this.#socket.destroy();
  }

  /** Goes away, but not before what was written has gone out. */
  async leave() {
    await new Promise((resolve) => this.#socket.write("", resolve));
    this.#socket.destroy();
  }

  /** The next response; rejects if the connection ends without one. */
  async answer() {
    for (;;) {
      const found = parse(this.#received);
      if (found !== undefined) {
        this.#received = this.#received.subarray(found.length);
        return found.response;
      }
      if (this.isOver) throw new Error(`no answer, but: ${JSON.stringify(`${this.#received}`)}`);
      await this.#news.promise;
    }
  }

  #tell(received) {
    this.#received = received;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  #end() {
    this.isOver = true;
    this.#socket.destroy();
    this.#tell(this.#received);
  }
}

/** A chunk as `Transfer-Encoding: chunked` has it. */
export const chunk = (data) =>
  Buffer.concat([
    Buffer.from(`${data.length.toString(16)}\r\n`),
    Buffer.from(data),
    Buffer.from("\r\n"),
  ]);
export const LAST_CHUNK = "0\r\n\r\n";

/** One request on a connection of its own. */
export async function send(port, path, headers, body = "", method = "POST") {
  const client = new Client(port);
  const bytes = Buffer.from(body);
  client.head(path, [...pairs(headers), ["content-length", bytes.length]], method);
  client.write(bytes);
  try {
    return await client.answer();
  } finally {
    client.destroy();
  }
}

export const pairs = (headers) => (Array.isArray(headers) ? headers : Object.entries(headers));

/** The first response in what was received, if it is all there. */
function parse(received) {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line, ...rows] = received.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(line.split(" ")[1]);
  const fields = rows.map((row) => /^([^:]*):\s*(.*)$/.exec(row).slice(1));
  const headers = Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]));
  const rest = received.subarray(end + 4);
  if (status === 100) {
    const next = parse(rest);
    return next && { ...next, length: next.length + end + 4 };
  }
  const body = bodyOf(status, headers, rest);
  return body && { response: { status, headers, body: body.text }, length: end + 4 + body.length };
}

function bodyOf(status, headers, rest) {
  if (status === 204) return { text: "", length: 0 };
  if (headers["transfer-encoding"] === "chunked") return unchunk(rest);
  const length = Number(headers["content-length"]);
  if (!(rest.length >= length)) return undefined;
  return { text: rest.subarray(0, length).toString(), length };
}

function unchunk(rest) {
  let text = "";
  for (let at = 0; ;) {
    const end = rest.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = parseInt(rest.subarray(at, end), 16);
    const next = end + 2 + size + 2;
    if (rest.length < next) return undefined;
    text += rest.subarray(end + 2, end + 2 + size);
    at = next;
    if (size === 0) return { text, length: at };
  }
}
