// Who hashes the body: WebAssembly, or the host, whose code uses the processor's SHA instructions.

import { ConfigError } from "./errors.ts";
import { encoder } from "./text.ts";

/**
 * Where the SHA-256 of bodies is computed. `auto`: by the host from the length on at which that is
 * faster, where it has a synchronous SHA-256. `host`: always by the host. `wasm`: never.
 */
export type DigestChoice = "auto" | "host" | "wasm";

/** A host's SHA-256, and for which bodies it pays. */
export interface HostDigest {
  /**
   * Puts the digest of one or two pieces in a row at the start of `place`, as bytes or in hex.
   *
   * @returns how many bytes that is
   */
  readonly put: (place: Uint8Array, first: Uint8Array, second?: Uint8Array) => number;
  /** The digest in hex. */
  readonly hex: (bytes: Uint8Array) => string;
  /** Bodies from this length on, in bytes. */
  readonly crossover: number;
  /** Up to this length, in bytes, it is faster to copy a body next to what is hashed ahead of it. */
  readonly maxCopy: number;
}

/** The bounds of a runtime, in bytes. */
interface Bounds {
  readonly crossover: number;
  readonly maxCopy: number;
}

/**
 * From how many bytes on the host is faster than WebAssembly, and one call than two, measured on
 * x86-64 with SHA instructions. Other runtimes with `node:crypto` are taken for Node.
 */
export const BOUNDS = {
  bun: { crossover: 0, maxCopy: 24_576 },
  deno: { crossover: 512, maxCopy: 4096 },
  node: { crossover: 240, maxCopy: 16_384 },
  workerd: { crossover: 1280, maxCopy: 8192 },
} as const satisfies Record<string, Bounds>;

/** The host's digest for a verifier; nothing if it is to do without. */
export function hostDigest(choice: DigestChoice): HostDigest | undefined {
  switch (choice) {
    case "wasm":
      return undefined;
    case "auto":
      if (!isSought) [found, isSought] = [find(), true];
      return found;
    case "host": {
      const host = hostDigest("auto");
      if (host !== undefined) return { ...host, crossover: 0 };
      throw new ConfigError(
        "no_host_digest",
        'this runtime has no synchronous SHA-256; leave out `digest: "host"`',
      );
    }
    default:
      throw new ConfigError("invalid_digest", 'digest must be "auto", "host" or "wasm"');
  }
}

/** Whether the host is to hash a body of this length. */
export function isFor(host: HostDigest, length: number): boolean {
  return length >= host.crossover && length < MAX_HOST;
}

/** What a host may refuse to hash at once, in bytes. */
const MAX_HOST = 2 ** 31;

let found: HostDigest | undefined;
let isSought = false;

interface NodeCrypto {
  createHash(algorithm: string): Hash;
  hash?(algorithm: string, data: Uint8Array, encoding: "hex"): string;
}

interface Hash {
  update(data: Uint8Array): Hash;
  digest(encoding: "hex"): string;
}

/** Bun hashes into memory that it is given, which saves the text in between. */
interface Bun {
  readonly SHA256?: { hash(data: Uint8Array, place: Uint8Array): unknown };
}

interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): NodeCrypto | undefined;
    readonly versions?: Readonly<Record<string, string | undefined>>;
  };
  readonly navigator?: { readonly userAgent?: string };
  readonly Bun?: Bun;
}

function find(): HostDigest | undefined {
  const host = globalThis as Host;
  try {
    const crypto = host.process?.getBuiltinModule?.("node:crypto");
    if (crypto === undefined) return undefined;
    const hex = oneShot(crypto);
    const name = runtime(host);
    return { put: put(crypto, hex, name === "bun" ? host.Bun : undefined), hex, ...BOUNDS[name] };
  } catch {
    // The edge runtime of Next.js throws at whoever asks.
    return undefined;
  }
}

function oneShot(crypto: NodeCrypto): HostDigest["hex"] {
  return crypto.hash === undefined
    ? (bytes) => crypto.createHash("sha256").update(bytes).digest("hex")
    : (bytes) => crypto.hash!("sha256", bytes, "hex");
}

function put(crypto: NodeCrypto, hex: HostDigest["hex"], bun: Bun | undefined): HostDigest["put"] {
  return (place, first, second) => {
    if (second !== undefined) {
      return putHex(place, crypto.createHash("sha256").update(first).update(second).digest("hex"));
    }
    if (bun?.SHA256 === undefined) return putHex(place, hex(first));
    bun.SHA256.hash(first, place.subarray(0, 32));
    return 32;
  };
}

function putHex(place: Uint8Array, digest: string): number {
  return encoder().encodeInto(digest, place).written;
}

function runtime(host: Host): keyof typeof BOUNDS {
  const versions = host.process?.versions;
  if (host.navigator?.userAgent === "Cloudflare-Workers") return "workerd";
  if (versions?.["bun"] !== undefined) return "bun";
  return versions?.["deno"] === undefined ? "node" : "deno";
}
