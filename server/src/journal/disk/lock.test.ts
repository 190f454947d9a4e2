import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JournalLocked } from './damage.js';
import { lockDirectory } from './lock.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cuehub-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('a directory that is had is refused, and free again when it is given back', () => {
  const release = lockDirectory(dir);
  expect(() => lockDirectory(dir)).toThrow(JournalLocked);
  release();
  lockDirectory(dir)();
});

it('the error names the process that has it', () => {
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: process.ppid, began: '' }));
  expect(() => lockDirectory(dir)).toThrow(String(process.ppid));
});

it('what a process left behind whose pid somebody else has by now is no lock', () => {
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: process.ppid, began: 'an earlier boot/1' }));
  expect(() => lockDirectory(dir)()).not.toThrow();
});

// The symptom: a supervisor that restarts a killed hub at once was told that the dead one has the directory.
it('a killed process that nobody has taken off the list yet has no lock', async () => {
  // `sleep` takes over from the shell and never asks after the shell's child, which ends after that.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))));
    const state = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
    while (state() !== 'Z') await turn();
    writeFileSync(join(dir, 'lock'), JSON.stringify({ pid, began: '' }));
    expect(() => lockDirectory(dir)()).not.toThrow();
  } finally {
    parent.kill('SIGKILL');
  }
});
