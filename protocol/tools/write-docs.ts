/** Brings the tables of `docs/protocol.md` up to date: `npm run docs:protocol -w protocol`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from './protocol-tables.js';

const page = new URL('../../docs/protocol.md', import.meta.url);
writeFileSync(page, withTables(readFileSync(page, 'utf8')));
