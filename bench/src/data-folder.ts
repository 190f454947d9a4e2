// Owns: a folder for a journal, for the time of a measurement.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './scenario.js';

export function dataFolder(bench: Bench): string {
  const folder = mkdtempSync(join(tmpdir(), 'cuehub-bench-'));
  bench.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
