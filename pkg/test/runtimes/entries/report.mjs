// What runs inside every runtime: the suite on `countersign`, as that runtime resolves the name.

import * as countersign from "countersign";
import * as explain from "countersign/explain";
import * as standardWebhooks from "countersign/standard-webhooks";
import { run } from "suite:index";
import vectors from "suite:vectors";

/** The suite's report, with the digest paths there are here. A throw becomes part of it. */
export async function report() {
  try {
    const nodeCrypto = findNodeCrypto();
    const digests = nodeCrypto ? ["wasm", "host"] : ["wasm"];
    const hostDigest = takesHostDigest();
    const suite = await run({ countersign, explain, standardWebhooks, vectors, digests, nodeCrypto });
    return { digests, hostDigest, ...suite };
  } catch (error) {
    return { crash: String(error?.stack ?? error) };
  }
}

function findNodeCrypto() {
  try {
    return globalThis.process?.getBuiltinModule?.("node:crypto");
  } catch {
    // Next.js' edge runtime.
    return undefined;
  }
}

/** Whether the package found the host's SHA-256 too, and says so with the right code if not. */
function takesHostDigest() {
  try {
    const secrets = "a secret of more than 16 bytes";
    new countersign.Verifier("peeker", { secrets, digest: "host" });
    return true;
  } catch (error) {
    if (error.code === "no_host_digest") return false;
    throw error;
  }
}
