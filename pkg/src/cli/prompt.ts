// Asking for a secret on a terminal, without showing what is typed.

import { StringDecoder } from "node:string_decoder";
import { isatty } from "node:tty";
import { usage } from "./failure.ts";
import { Interrupted } from "./interrupted.ts";

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => isatty(0) && isatty(2);

/** The line that somebody types. */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  // Before the question: what is typed at once is not shown either.
  stdin.setRawMode(true);
  process.stderr.write(question);
  try {
    return await typed(signal);
  } finally {
    stdin.setRawMode(false);
    process.stderr.write("\n");
  }
}

async function typed(signal: AbortSignal): Promise<string> {
  const line = new Line();
  const decoder = new StringDecoder("utf8");
  for (;;) {
    const chars = [...decoder.write(await nextBytes(signal))];
    const end = chars.findIndex((char) => line.press(char));
    if (end < 0) continue;
    // What was pasted behind it belongs to who reads next.
    const rest = Buffer.from(chars.slice(end + 1).join(""));
    if (rest.length > 0) process.stdin.unshift(rest);
    return line.text;
  }
}

/**
 * What is typed next. Not by "data" events: after the `pause` that these need in the end, Node.js
 * does not read a terminal any more.
 */
async function nextBytes(signal: AbortSignal): Promise<Buffer> {
  const { stdin } = process;
  for (;;) {
    const bytes = stdin.read() as Buffer | null;
    if (bytes !== null) return bytes;
    if (stdin.readableEnded) throw usage("nothing was typed");
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        stdin.off("readable", settle).off("end", settle);
        signal.removeEventListener("abort", settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      stdin.on("readable", settle).on("end", settle);
      signal.addEventListener("abort", settle);
    });
  }
}

/** What has been typed so far. In raw mode, a terminal leaves the keys that correct it to us. */
class Line {
  text = "";

  /** Returns whether that was all. */
  press(char: string): boolean {
    const act = KEYS[char];
    if (act === "interrupt") throw new Interrupted();
    if (act === "end" && this.text === "") throw usage("nothing was typed");
    if (act === "back") this.text = [...this.text].slice(0, -1).join("");
    else if (act === "clear") this.text = "";
    else if (act === undefined) this.text += char;
    return act === "enter";
  }
}

type Key = "back" | "clear" | "end" | "enter" | "interrupt";

const KEYS: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\u0003": "interrupt",
  "\u0004": "end",
  "\b": "back",
  "\u007f": "back",
  "\u0015": "clear",
};
