// What the machine was doing meanwhile: figures from a shared machine mean little without it.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Seconds of CPU that a process has used. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of memory that a process has in RAM and shares with nobody. */
export function memoryBytes(pid) {
  const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(resident) - Number(shared)) * PAGE_BYTES;
}

/** Bytes of all files in a directory and below. */
export function diskBytes(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  const sizes = entries.map((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? diskBytes(path) : statSync(path).size;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Begins to watch; what it returns says in per cent of the time since
 * - `waiting`: how long something that could run had to wait for a CPU (/proc/pressure/cpu)
 * - `stolen`: how long the host gave this machine's CPUs to others
 * - `others`: how much of the CPUs went to processes other than `pids`
 */
export function watch(pids) {
  const before = reading(pids);
  return () => {
    const after = reading(pids);
    const spent = (name) => after[name] - before[name];
    const percent = (part, whole) => Math.round((100 * part) / Math.max(whole, 1e-9));
    return {
      waiting: percent(spent('waited'), spent('at')),
      stolen: percent(spent('stolen'), spent('all')),
      others: percent(spent('busy') - spent('own'), spent('all')),
    };
  };
}

function reading(pids) {
  const [, waited] = readFileSync('/proc/pressure/cpu', 'utf8').match(/^some .*total=(\d+)/m);
  const times = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].split(/ +/).slice(1, 9).map(Number);
  const [user, nice, system, idle, iowait, irq, softirq, stolen] = times.map((ticks) => ticks / TICKS_PER_SECOND);
  return {
    at: performance.now() / 1000,
    waited: Number(waited) / 1e6,
    all: user + nice + system + idle + iowait + irq + softirq + stolen,
    busy: user + nice + system + irq + softirq,
    own: [process.pid, ...pids].map(cpuSeconds).reduce((sum, seconds) => sum + seconds, 0),
    stolen,
  };
}

export const shownPressure = ({ waiting, stolen, others }) =>
  `CPU pressure ${waiting} %, stolen ${stolen} %, other processes ${others} %`;
