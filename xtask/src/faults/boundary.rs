//! The faults of the boundary between JavaScript and WebAssembly: one buffer for every request, and a host that hashes.

use super::table::{Check, Edit, Fault};

/// Two keys, of which the second signs; bodies of many lengths, genuine and forged.
const LENGTHS: Check = Check::Package(&["pkg/test/node/lengths.test.mjs"]);
const BOUNDARY: Check = Check::Package(&["pkg/test/node/boundary.test.mjs"]);
const REENTRANCY: Check = Check::Suite(&["reentrancy"]);

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "digest-of-before",
        what: "the host's digests of the request before count for this one",
        edits: &[core("        self.digests.clear();\n", "")],
        check: LENGTHS,
    },
    Fault {
        name: "digest-for-all-keys",
        what: "the host's digest for the first key counts for every key",
        edits: &[core(
            "        self.digests.push(digest);\n",
            "        self.digests.resize(self.verifier.keyring().keys().len(), digest);\n",
        )],
        check: LENGTHS,
    },
    Fault {
        name: "pad-of-first-key",
        what: "the host hashes for every key with the pad of the first",
        edits: &[core(
            "let next = self.verifier.keyring().keys().get(self.digests.len());\n        \
             // What stands there is as secret as the key.\n        \
             *pad = next.map_or([0; BLOCK], |key| *key.inner_pad());\n",
            "let keys = self.verifier.keyring().keys();\n        \
             let next = keys.get(self.digests.len());\n        \
             *pad = next.map_or([0; BLOCK], |_| *keys[0].inner_pad());\n",
        )],
        check: LENGTHS,
    },
    Fault {
        name: "pad-left-behind",
        what: "a key's pad stays in the buffer after the verdict",
        edits: &[core(
            "        *pad = next.map_or([0; BLOCK], |key| *key.inner_pad());\n",
            "        *pad = next.map_or(*pad, |key| *key.inner_pad());\n",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "no-digest-asks-again",
        what: "a host that gives no digest is asked for ever",
        edits: &[core(
            "            *pad = [0; BLOCK];\n            self.hashing = None;\n            self.failure = Some(VerifyError::SignatureMismatch);\n            return NOBODY;\n",
            "            return NEXT_KEY;\n",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "stale-prefix",
        what: "what is signed ahead of a body is not written where some of the same length stands",
        edits: &[
            core(
                "    let mut place = message.get_mut(start..HEAD)?;\n    for piece in pieces() {\n",
                "    let mut place = message.get_mut(start..HEAD)?;\n    \
                 let is_there = place.get(BLOCK).is_some_and(|first| *first != 0);\n    \
                 for piece in pieces() {\n",
            ),
            core(
                "        here.copy_from_slice(piece);\n",
                "        if !is_there || piece.len() == BLOCK {\n            \
                 here.copy_from_slice(piece);\n        }\n",
            ),
        ],
        check: BOUNDARY,
    },
    Fault {
        name: "stale-body",
        what: "a body is not copied where one of the same length was before",
        edits: &[
            script(
                "  if (length > 0) message.set(body, head);\n",
                "  if (length > 0 && length !== before) message.set(body, head);\n  before = length;\n",
            ),
            script(
                "/** Puts a body into the buffer, and says",
                "let before = -1;\n\n/** Puts a body into the buffer, and says",
            ),
        ],
        check: BOUNDARY,
    },
    Fault {
        name: "body-length-off-by-one",
        what: "the host hashes all of a body but its last byte",
        edits: &[script(
            "isCopied ? head + length : head)",
            "isCopied ? head + length - 1 : head)",
        )],
        check: LENGTHS,
    },
    Fault {
        name: "capacity-off-by-one",
        what: "a body that is a byte too long is put into the buffer",
        edits: &[script(
            "return lengthOf(body) <= core().capacity;",
            "return lengthOf(body) <= core().capacity + 1;",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "header-length-off-by-one",
        what: "of a header that is too long, as much counts as is allowed",
        edits: &[script(
            "Math.min(value.length, MAX_HEADER + 1)",
            "Math.min(value.length, MAX_HEADER)",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "headers-put-before-clock",
        what: "the headers stand in the buffer while the caller's clock is asked",
        edits: &[
            CALLERS_PUT,
            SHORT_PUTS_NOT,
            HOST_PUTS_NOT,
            verifier(
                "import { begin, failure, judge, makeVerifier } from",
                "import { begin, failure, judge, makeVerifier, putHeaders } from",
            ),
            verifier(
                "    return this.#judge(values, bytes, this.#millis());\n",
                "    putHeaders(values);\n    return this.#judge(values, bytes, this.#millis());\n",
            ),
            verifier(
                "    return this.#judge(values, body, this.#millis());\n",
                "    putHeaders(values);\n    return this.#judge(values, body, this.#millis());\n",
            ),
        ],
        check: REENTRANCY,
    },
    Fault {
        name: "headers-put-before-body",
        what: "the headers stand in the buffer while the body's own getters are asked",
        edits: &[
            CALLERS_PUT,
            SHORT_PUTS_NOT,
            HOST_PUTS_NOT,
            verifier(
                "import { begin, failure, judge, makeVerifier } from",
                "import { begin, failure, judge, makeVerifier, putHeaders } from",
            ),
            verifier(
                "    const bytes = readBody(body);\n    return this.#judge(values, bytes, this.#millis());\n",
                "    const now = this.#millis();\n    putHeaders(values);\n    \
                 return this.#judge(values, readBody(body), now);\n",
            ),
            verifier(
                "    return this.#judge(values, body, this.#millis());\n",
                "    const now = this.#millis();\n    putHeaders(values);\n    \
                 return this.#judge(values, body, now);\n",
            ),
        ],
        check: BOUNDARY,
    },
    Fault {
        name: "claim-kept-for-body",
        what: "a streamed body is judged by the headers that its verifier has read last",
        edits: &[
            verifier(
                "    return this.#judge(values, body, this.#millis());\n",
                "    return this.#late(values, body, this.#millis());\n",
            ),
            verifier(
                "  /** From here on nothing of the caller's runs. */\n",
                "  #late(values: HeaderValues, body: Bytes, now: number): Verified<EventType<S>> {\n    \
                 update(this.#core, body);\n    \
                 const key = this.#keys[this.#core.finish(now)];\n    \
                 if (key === undefined) throw failure(this.#core);\n    \
                 return new VerifiedEvent(this.#origin, key.id, values, body) as never;\n  }\n\n  \
                 /** From here on nothing of the caller's runs. */\n",
            ),
            verifier(
                "import { begin, failure, judge, makeVerifier } from",
                "import { begin, failure, judge, makeVerifier, update } from",
            ),
        ],
        check: REENTRANCY,
    },
    Fault {
        name: "own-length-believed",
        what: "a body is as long as its own property says",
        edits: &[body("slots().length.call(bytes) as number;", "bytes.length;")],
        check: BOUNDARY,
    },
    Fault {
        name: "own-buffer-believed",
        what: "a proof shows the bytes that the body's own properties name",
        edits: &[
            body("byteOffset.call(bytes) as number;", "bytes.byteOffset;"),
            body("buffer.call(bytes) as ArrayBuffer,", "bytes.buffer,"),
        ],
        check: BOUNDARY,
    },
    Fault {
        name: "own-species-believed",
        what: "a long body says itself what its pieces are",
        edits: &[script(
            "    const piece = bytes.subarray(start, start + capacity);\n",
            "    const piece = Uint8Array.prototype.subarray.call(body, start, start + capacity);\n",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "shared-not-copied",
        what: "bytes that another thread can change are not copied",
        edits: &[body("return isFixed(buffer.call(body) as ArrayBufferLike);", "return true;")],
        check: BOUNDARY,
    },
    Fault {
        name: "views-kept",
        what: "the views of the memory are not made anew after it has grown",
        edits: &[script(
            "  made ??= make();\n  if (made.text.length === 0) makeViews(made);\n",
            "  if (made === undefined) makeViews((made = make()));\n",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "pad-left-by-failed-host",
        what: "a key's pad stays in the buffer if the host's hash throws",
        edits: &[script(
            "    } finally {\n      // Without a digest, if the host throws, it wipes the pad and refuses.\n      \
             verdict = verifier.takeDigest(start, digest, now);\n    }\n",
            "    } catch (error) {\n      throw error;\n    }\n    \
             verdict = verifier.takeDigest(start, digest, now);\n",
        )],
        check: BOUNDARY,
    },
    Fault {
        name: "detached-dedupe-key",
        what: "all events whose bytes were given away have the same dedupe key",
        edits: &[Edit {
            file: "pkg/src/verified-event.ts",
            find: "    if (isGone(this.#given)) throw",
            replace: "    if (false && isGone(this.#given)) throw",
        }],
        check: BOUNDARY,
    },
    Fault {
        name: "foreign-verifier",
        what: "`explain` looks into the verifiers of another copy of the package",
        edits: &[
            verifier(
                "    inside ??= this.#inside;\n",
                "    (globalThis as any).inside ??= this.#inside;\n",
            ),
            verifier("  return inside?.(", "  return (globalThis as any).inside?.("),
        ],
        check: Check::Package(&["pkg/test/node/explain-verifier.test.mjs"]),
    },
];

const CALLERS_PUT: Edit = script(
    "function putHeaders(values: HeaderValues): void {\n",
    "export function putHeaders(values: HeaderValues): void {\n",
);

const SHORT_PUTS_NOT: Edit = script(
    "return judgeInPieces(verifier, values, body, now);\n  putHeaders(values);\n",
    "return judgeInPieces(verifier, values, body, now);\n",
);

const HOST_PUTS_NOT: Edit = script(
    "  putHeaders(values);\n  const start = verifier.prepare(\n",
    "  const start = verifier.prepare(\n",
);

const fn core(find: &'static str, replace: &'static str) -> Edit {
    Edit { file: "src/js/verifier.rs", find, replace }
}

const fn script(find: &'static str, replace: &'static str) -> Edit {
    Edit { file: "pkg/src/core.ts", find, replace }
}

const fn verifier(find: &'static str, replace: &'static str) -> Edit {
    Edit { file: "pkg/src/verifier.ts", find, replace }
}

const fn body(find: &'static str, replace: &'static str) -> Edit {
    Edit { file: "pkg/src/body.ts", find, replace }
}
