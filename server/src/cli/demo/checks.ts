/** What a scenario saw against what it should have seen: facts in, a verdict out. No hub in here. */
import type { ChunkMessage, Priority, TaskFact } from '@cuehub/protocol';

export interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

/** Each chunk from 0 on exactly once and in order, and together the whole text. */
export function checkChunks(chunks: readonly Pick<ChunkMessage, 'seq' | 'data'>[], text: string): Finding {
  const wrong = chunks.findIndex(({ seq }, index) => seq !== index);
  if (wrong !== -1) {
    const got = chunks[wrong]?.seq;
    return { ok: false, text: `chunk ${got} came where ${wrong} was expected: one was lost or doubled` };
  }
  const said = chunks.map(({ data }) => (typeof data === 'string' ? data : '')).join('');
  if (said !== text) return { ok: false, text: `${chunks.length} chunks make ${JSON.stringify(said)}` };
  return { ok: true, text: `${chunks.length} chunks, none lost, none doubled` };
}

/** The facts contain these, in this order (others may be between them). */
export function checkOrder(
  facts: readonly TaskFact[],
  expected: readonly { event: TaskFact['event']; task_id: string }[],
): Finding {
  let at = 0;
  for (const fact of facts) {
    const next = expected[at];
    if (next !== undefined && fact.event === next.event && fact.task.task_id === next.task_id) at += 1;
  }
  const missing = expected[at];
  const names = expected
    .map(({ event, task_id }) => `${nameOf(facts, task_id)} ${event.replace('task.', '')}`)
    .join(', ');
  if (missing === undefined) return { ok: true, text: names };
  return { ok: false, text: `${nameOf(facts, missing.task_id)} ${missing.event} is missing from: ${names}` };
}

export function checkStarts(facts: readonly TaskFact[], expected: readonly Priority[]): Finding {
  const started = facts.filter(({ event }) => event === 'task.started').map(({ task }) => task.priority);
  const ok = started.join() === expected.join();
  return {
    ok,
    text: ok ? `ran ${started.join(', ')}` : `ran ${started.join(', ') || 'nothing'}, expected ${expected.join(', ')}`,
  };
}

/** The task was deferred, for the holder's hold. */
export function checkDeferred(facts: readonly TaskFact[], task_id: string, by_task_id: string): Finding {
  const deferred = facts.find(({ event, task }) => event === 'task.deferred' && task.task_id === task_id)?.task
    .deferred;
  if (deferred === undefined) return { ok: false, text: 'the donation was never deferred' };
  const ok = deferred.reason === 'hold' && deferred.by_task_id === by_task_id;
  return {
    ok,
    text: `deferred, reason ${deferred.reason}, by ${deferred.by_task_id === by_task_id ? 'the reply that holds the floor' : deferred.by_task_id}`,
  };
}

function nameOf(facts: readonly TaskFact[], task_id: string): string {
  return facts.find(({ task }) => task.task_id === task_id)?.task.name ?? task_id;
}
