// Records what the built files were made from: labextension_test.go compares.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const made = ['build.mjs', 'package-lock.json', 'package.json', 'tsconfig.json', ...readdirSync('src').map(name => `src/${name}`)];
const lines = made.sort().map(name => `${createHash('sha256').update(readFileSync(name)).digest('hex')}  ${name}\n`);
writeFileSync('curious-outputs/SOURCES', lines.join(''));
