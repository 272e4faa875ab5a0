// The package that is measured, wherever it is installed.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The installed package's own directory, for a project that has it or for itself. */
export function directoryOf(place) {
  for (const directory of [join(place, 'node_modules/countersign'), place]) {
    if (isCountersign(directory)) return resolve(directory);
  }
  throw new Error(`countersign is not installed in ${place}`);
}

function isCountersign(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).name === 'countersign';
  } catch {
    return false;
  }
}

/** The file that an `import` of an entry means there, under this condition if it knows it. */
export function fileOf(directory, entry = '.', condition = 'import') {
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const conditions = exports[entry];
  return join(directory, (conditions[condition] ?? conditions.import).default);
}

export const importFrom = (directory) => import(pathToFileURL(fileOf(directory)).href);
