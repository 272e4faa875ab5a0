// What is seen of a run while it runs.

import { readFileSync } from 'node:fs';

const EVERY_MS = 5000;

export class Progress {
  #timer;
  #started = Date.now();
  #before = 0;

  constructor(line) {
    this.#timer = setInterval(() => this.#show(line()), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  #show({ kills, acknowledged, waiting, requests }) {
    const seconds = Math.round((Date.now() - this.#started) / 1000);
    const rate = Math.round(((acknowledged - this.#before) * 1000) / EVERY_MS);
    this.#before = acknowledged;
    console.log(
      `   ${String(seconds).padStart(5)} s  ${kills} kills, ${acknowledged} events acknowledged (${rate}/s), ${requests} requests at the origin, ${waiting} events wait`,
    );
  }
}

/** Starts to measure; returns a function for the share of time, in percent, in which somebody waited for a CPU. */
export function cpuPressure() {
  const started = performance.now();
  const before = stalledMicros();
  return () => {
    const stalled = stalledMicros() - before;
    return Number.isNaN(stalled) ? null : stalled / 10 / (performance.now() - started);
  };
}

function stalledMicros() {
  try {
    return Number(/^some .*total=(\d+)/.exec(readFileSync('/proc/pressure/cpu', 'utf8'))[1]);
  } catch {
    return NaN;
  }
}
