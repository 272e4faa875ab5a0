// From the import to the first verdict, in a process that has done nothing else: prints the milliseconds.
//
//   node verify.mjs CANDIDATE PACKAGE BODY HEADERS SECRET

import { importFrom } from '../installed.mjs';

const [name, directory, body, headers, secret] = process.argv.slice(2);
const bytes = Buffer.from(body);
const given = JSON.parse(headers);

const start = performance.now();
const countersign = name === 'countersign' ? await importFrom(directory) : undefined;
const { make } = await import(`../candidates/${name}.mjs`);
const verify = make({ countersign, secret });
const isGenuine = await verify(bytes, given);
const milliseconds = performance.now() - start;

if (!isGenuine) throw new Error(`${name} refuses a genuine request`);
console.log(milliseconds);
