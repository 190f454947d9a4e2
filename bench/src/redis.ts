// Owns: a Redis for the peers that need one, when it is installed here. It keeps nothing on disk.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench } from './scenario.js';

export const noRedis = 'BullMQ was left out: redis-server is not installed here';

/** The path of its socket; null where Redis is not installed. */
export async function startRedis(bench: Bench): Promise<string | null> {
  if (spawnSync('redis-server', ['--version']).error !== undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), 'cuehub-bench-redis-'));
  bench.after(() => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, 'redis.sock');
  const flags = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  bench.after(async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('eady to accept connections')) break;
  }
  child.stdout.resume();
  return socket;
}
