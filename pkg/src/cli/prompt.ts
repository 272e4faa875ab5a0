// Asking for a secret on a terminal, without showing what is typed.

import { isatty } from "node:tty";
import { usage } from "./failure.ts";
import { Interrupted } from "./interrupted.ts";

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => isatty(0) && isatty(2);

/** The line that somebody types. */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  try {
    return await typed(signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write("\n");
  }
}

function typed(signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    let line = "";
    const settle = (how: () => void): void => {
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      signal.removeEventListener("abort", onAbort);
      how();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const onEnd = (): void => settle(() => reject(usage("nothing was typed")));
    const onData = (text: string): void => {
      for (const [at, char] of [...text].entries()) {
        const act = KEYS[char];
        if (act === "enter") {
          const rest = [...text].slice(at + 1).join("");
          // What was pasted behind it belongs to who reads next.
          if (rest !== "") stdin.unshift(rest, "utf8");
          return settle(() => resolve(line));
        }
        if (act === "interrupt") return settle(() => reject(new Interrupted()));
        if (act === "end" && line === "") return onEnd();
        if (act === "back") line = [...line].slice(0, -1).join("");
        else if (act === "clear") line = "";
        else if (act === undefined) line += char;
      }
    };
    stdin.on("data", onData);
    stdin.on("end", onEnd);
    signal.addEventListener("abort", onAbort);
    stdin.resume();
  });
}

type Key = "back" | "clear" | "end" | "enter" | "interrupt";

/** In raw mode, the terminal leaves these to us. */
const KEYS: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\u0003": "interrupt",
  "\u0004": "end",
  "\b": "back",
  "\u007f": "back",
  "\u0015": "clear",
};
