// Owns: the whole history of a lane, asked for at the end: it must tell one legal story in which everything acknowledged
// is there, every task ends once, one task at a time has the floor, and no epoch comes twice.
import type { Frame } from '../conformance/frames.js';
import type { Hub } from '../conformance/hub-process.js';
import { PATIENCE_MS } from './actor.js';
import { joinHub } from '../conformance/raw-client.js';
import { type Ledger, TERMINAL } from './ledger.js';

export async function checkHistory(hub: Hub, lane: string, ledger: Ledger): Promise<void> {
  const client = await joinHub(hub, { name: 'historian' }, PATIENCE_MS);
  const { log } = await client.ok('subscribe', { lane, topics: ['task'] }, PATIENCE_MS);
  const since = { log, seq: 0 };
  const reply = await client.ok('subscribe', { lane, topics: ['task'], since }, PATIENCE_MS);
  if (!reply.recovered) {
    ledger.break(`the history of ${lane} is not whole from its first fact on`);
    return;
  }
  const facts: Frame[] = [];
  for (let seq = 1; seq <= reply.seq; seq += 1)
    facts.push(await client.expectFrame({ type: 'event', lane, seq }, PATIENCE_MS));
  checkStory(lane, facts, ledger);
  for (const known of ledger.tasks.values()) {
    if (known.lane !== lane) continue;
    const { task } = await client.ok('task.get', { task_id: known.task_id }, PATIENCE_MS);
    if (!TERMINAL.has(task.state)) ledger.break(`${known.task_id} never ended: ${task.state}`);
    if (known.end !== null && task.state !== known.end) {
      ledger.break(`${known.task_id} is ${task.state}, its end as ${known.end} was acknowledged`);
    }
  }
  for (const violation of client.violations) ledger.break(`history: ${violation}`);
  await client.close(1000);
}

function checkStory(lane: string, facts: readonly Frame[], ledger: Ledger): void {
  const queued = new Set<string>();
  const ended = new Map<string, string>();
  let holder: string | null = null;
  let epoch = 0;
  for (const { seq, event, task } of facts) {
    if (task === undefined) continue;
    const { task_id } = task;
    const broken = (what: string): void => ledger.break(`${lane}, fact ${seq}, ${event} of ${task_id}: ${what}`);
    if (ended.has(task_id)) broken(`it had ended as ${ended.get(task_id)}`);
    if (event === 'task.queued') queued.add(task_id);
    else if (!queued.has(task_id)) broken('it was never queued');
    if (event === 'task.started' || event === 'task.resumed') {
      if (holder !== null) broken(`${holder} has the floor`);
      if (task.epoch <= epoch) broken(`epoch ${task.epoch} after ${epoch}`);
      holder = task_id;
      epoch = task.epoch;
    }
    const state = event.replace('task.', '');
    if (TERMINAL.has(state)) ended.set(task_id, state);
    const gives_up = state === 'paused' || state === 'queued' || state === 'retrying' || TERMINAL.has(state);
    if (holder === task_id && gives_up) holder = null;
  }
  for (const known of ledger.tasks.values()) {
    if (known.lane !== lane) continue;
    if (!queued.has(known.task_id))
      ledger.break(`the history of ${lane} does not know ${known.task_id} (${known.key})`);
    if (!ended.has(known.task_id)) ledger.break(`the history of ${lane} has no end of ${known.task_id}`);
  }
}
