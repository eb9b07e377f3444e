// Plays the scenarios that it is told on its standard input, one name a line, and tells of each in a line of JSON. Its first line lists them all.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cells } from './cells.mjs';
import { course } from './course.mjs';
import { Lab } from './lab.mjs';
import { pages } from './pages.mjs';

const scenarios = { ...course, ...cells, ...pages };
const options = JSON.parse(process.argv[2]);
const { chromium } = createRequire(join(options.modules, 'package.json'))('playwright-core');
const say = line => console.log(JSON.stringify(line));

const lab = new Lab(options);
await lab.begin(chromium);
say(Object.keys(scenarios));
for await (const name of createInterface({ input: process.stdin })) {
  const notes = [];
  let error = '';
  try {
    await scenarios[name](lab, note => notes.push(note));
  } catch (failure) {
    error = failure.stack;
  }
  const pictures = await lab.end(name);
  const complaints = lab.complaints.splice(0);
  if (!error && complaints.length > 0) error = complaints.join('\n');
  say({ notes, error, pictures });
}
await lab.browser.close();
