// Who hashes the body: WebAssembly, or the host, whose code uses the processor's SHA instructions.

import { ConfigError } from "./errors.ts";

/**
 * Where the SHA-256 of bodies is computed. `auto`: by the host from the length on at which that is
 * faster, where it has a synchronous SHA-256. `host`: always by the host. `wasm`: never.
 */
export type DigestChoice = "auto" | "host" | "wasm";

/** A host's SHA-256, and from how many bytes on it pays. */
export interface HostDigest {
  /** The digest of some pieces in a row. */
  readonly sha256: (...pieces: Uint8Array[]) => Uint8Array;
  /** Bodies from this length on, in bytes. */
  readonly crossover: number;
}

/**
 * From how many bytes on the host is faster than WebAssembly, measured on x86-64 with SHA
 * instructions. Other runtimes with `node:crypto` are taken for Node.
 */
export const CROSSOVER = { bun: 0, deno: 1000, node: 224, workerd: 1024 } as const;

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

let found: HostDigest | undefined;
let isSought = false;

interface NodeCrypto {
  createHash(algorithm: string): Hash;
  hash?(algorithm: string, data: Uint8Array, encoding: "buffer"): Uint8Array;
}

interface Hash {
  update(data: Uint8Array): Hash;
  digest(): Uint8Array;
}

interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): NodeCrypto | undefined;
    readonly versions?: Readonly<Record<string, string | undefined>>;
  };
  readonly navigator?: { readonly userAgent?: string };
}

function find(): HostDigest | undefined {
  const host = globalThis as Host;
  try {
    const crypto = host.process?.getBuiltinModule?.("node:crypto");
    return crypto && { sha256: sha256(crypto), crossover: CROSSOVER[runtime(host)] };
  } catch {
    // The edge runtime of Next.js throws at whoever asks.
    return undefined;
  }
}

function sha256(crypto: NodeCrypto): HostDigest["sha256"] {
  return (first, ...others) =>
    crypto.hash !== undefined && first !== undefined && others.length === 0
      ? crypto.hash("sha256", first, "buffer")
      : others
          .reduce((hash, piece) => hash.update(piece), crypto.createHash("sha256").update(first!))
          .digest();
}

function runtime(host: Host): keyof typeof CROSSOVER {
  const versions = host.process?.versions;
  if (host.navigator?.userAgent === "Cloudflare-Workers") return "workerd";
  if (versions?.["bun"] !== undefined) return "bun";
  return versions?.["deno"] === undefined ? "node" : "deno";
}
