// Which machine it was, and what else it did meanwhile.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { watch } from '../inbox/machine.mjs';

/** What stays as it is. `sha` says whether the CPU has instructions for SHA-256, which decide most of the figures. */
export function machine() {
  const flags = readFileSync('/proc/cpuinfo', 'utf8').match(/^(?:flags|Features)\s*:.*$/m)?.[0] ?? '';
  const { model } = cpus()[0];
  return { cpu: model.trim(), cores: availableParallelism(), sha: /\b(sha_ni|sha2)\b/.test(flags), kernel: release() };
}

/** Begins to watch; what it returns tells the load, and for how many per cent of the time something had to wait. */
export function watched() {
  const look = watch([]);
  return () => {
    const { waiting, stolen } = look();
    return { load: loadavg()[0], waiting, stolen };
  };
}

/** The commit that is measured, or that it was changed since. */
export function commit() {
  const git = (...words) => execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ', changed');
  } catch {
    return 'unknown';
  }
}
