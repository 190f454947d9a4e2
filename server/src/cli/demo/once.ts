/** `cuehub demo --once`: plays the scenarios one after another and reports, so that it can be a test. */
import { ConnectionClosed } from '@cuehub/client';
import { CliError, oneLine } from '../cli-error.js';
import { type Io, colorsFor } from '../io.js';
import type { Finding } from './checks.js';
import { Recorder } from './recorder.js';
import { SCENARIOS, type Scenario, type Stage } from './scenarios.js';
import type { DemoHub } from './tasks.js';

/** Throws a `CliError` when one of them did not show what it should. */
export async function playOnce(hub: DemoHub, watcher: DemoHub, io: Io): Promise<void> {
  const recorder = new Recorder();
  const watching = record(watcher, recorder);
  const { green, red, bold, dim } = colorsFor(io.stdout, io.env);
  let failed = 0;
  await hub.start();
  for (const scenario of SCENARIOS) {
    const findings = await play(scenario, { hub, recorder });
    const ok = findings.every((finding) => finding.ok);
    if (!ok) failed += 1;
    io.stdout.write(`${ok ? green('✓') : red('✗')} ${bold(scenario.title)}\n`);
    for (const finding of findings)
      io.stdout.write(`    ${finding.ok ? dim(finding.text) : red(`✗ ${finding.text}`)}\n`);
  }
  watcher.close();
  await watching;
  if (failed > 0) throw new CliError(`${failed} of ${SCENARIOS.length} scenarios did not go as they should`);
}

async function play(scenario: Scenario, stage: Stage): Promise<readonly Finding[]> {
  try {
    return await scenario.play(stage);
  } catch (error) {
    return [{ ok: false, text: oneLine(error) }];
  }
}

async function record(watcher: DemoHub, recorder: Recorder): Promise<void> {
  try {
    for await (const event of watcher.watch({ topics: ['task', 'text'] })) recorder.add(event);
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  }
}
