import { expect, test } from 'vitest';
import { MemoryJournal } from '../journal/memory.js';
import type { Durable, JournalStart, SessionRecord } from '../journal/port.js';
import { codeOf, TestHub, type TestClient } from './testing/test-hub.js';

/** Keeps sessions, and nothing of the lanes. */
class SessionsOnly extends MemoryJournal {
  readonly #sessions = new Map<string, SessionRecord>();
  /** Its disk does not come to anything any more before the hub is killed. */
  stuck = false;

  override open(): JournalStart {
    return { ...super.open(), sessions: [...this.#sessions.values()] };
  }

  override saveSession(session: SessionRecord): Durable {
    if (this.stuck) return new Promise(() => {});
    this.#sessions.set(session.session_id, session);
    return undefined;
  }
}

const TTL_MS = 30_000;

function stateOf(t: TestHub, task_id: string): unknown {
  const outcome = t.request({ type: 'task.get', task_id });
  return 'ok' in outcome ? (outcome.ok['task'] as { state: string }).state : outcome.error.code;
}

/** A client that runs a task. */
async function running(): Promise<{ t: TestHub; worker: TestClient; task_id: string; epoch: number }> {
  const t = await TestHub.open();
  const worker = t.client();
  worker.register(['x']);
  const task_id = t.submit({ name: 'x' });
  return { t, worker, task_id, epoch: worker.last('task.dispatch').epoch };
}

test('a session that comes back in time has its registrations and its run, still paused until the resume', async () => {
  const { t, worker, task_id, epoch } = await running();
  worker.lost();
  expect(stateOf(t, task_id)).toBe('paused');
  t.clock.advance(TTL_MS - 1);
  const back = t.client({ resume: worker.resume, holding: [{ task_id, epoch }] });
  expect(back.welcome).toMatchObject({ resumed: true, adopted: [task_id], released: [] });
  expect(back.session.session_id).toBe(worker.session.session_id);
  expect(back.last('task.resume').epoch).toBeGreaterThan(epoch);
  t.clock.advance(10 * TTL_MS);
  expect(stateOf(t, task_id)).toBe('running');
  expect(back.session.view().workers).toEqual({ main: ['x'] });
});

test('a session that comes back after a restart of the hub is given tasks without registering again', async () => {
  const journal = new SessionsOnly();
  const before = await TestHub.open({}, journal);
  const worker = before.client();
  worker.register(['x']);
  const t = await TestHub.open({}, journal);
  const back = t.client({ resume: worker.resume });
  expect(back.welcome.resumed).toBe(true);
  const task_id = t.submit({ name: 'x' });
  expect(back.last('task.dispatch').task.task_id).toBe(task_id);
});

// Seen in the kill tests as "TASK was taken from e1-side, who held it": the client came with the token of a welcome whose
// session was not on the disk yet.
test('a hub that is killed before a new resume token is on the disk knows the client that has it', async () => {
  const journal = new SessionsOnly();
  let client = (await TestHub.open({}, journal)).client();
  client.register(['x']);
  const { session_id } = client.session;
  journal.stuck = true;
  for (let killed = 0; killed < 5; killed += 1) {
    const t = await TestHub.open({}, journal);
    client = t.client({ resume: client.resume });
    expect(client.welcome.resumed, `killed ${killed} times`).toBe(true);
    expect(client.session.session_id).toBe(session_id);
    t.hub.sessions.confirm(client.session);
  }
});

test('a connection lost twice before anything is on the disk leaves a token that opens what is there', async () => {
  const journal = new SessionsOnly();
  let t = await TestHub.open({}, journal);
  let client = t.client();
  client.register(['x']);
  t = await TestHub.open({}, journal);
  journal.stuck = true;
  for (let lost = 0; lost < 3; lost += 1) {
    client = t.client({ resume: client.resume });
    t.hub.sessions.confirm(client.session);
    client.lost();
  }
  t = await TestHub.open({}, journal);
  expect(t.client({ resume: client.resume }).welcome.resumed).toBe(true);
});

test('a session that does not come back is over, with its registrations and claims', async () => {
  const { t, worker, task_id, epoch } = await running();
  worker.lost();
  t.clock.advance(TTL_MS);
  expect(stateOf(t, task_id)).toBe('failed');
  expect(t.hub.sessions.size).toBe(0);
  const back = t.client({ resume: worker.resume, holding: [{ task_id, epoch }] });
  expect(back.welcome).toMatchObject({ resumed: false, adopted: [], released: [task_id] });
});

test('a goodbye ends the claims at once', async () => {
  const { t, worker, task_id } = await running();
  worker.goodbye();
  expect(stateOf(t, task_id)).toBe('failed');
  expect(t.client({ resume: worker.resume }).welcome.resumed).toBe(false);
});

test('a run of the session that the client does not hold any more is given up', async () => {
  const { t, worker, task_id } = await running();
  worker.lost();
  const back = t.client({ resume: worker.resume });
  expect(back.welcome).toMatchObject({ resumed: true, adopted: [], released: [] });
  expect(stateOf(t, task_id)).toBe('failed');
});

test('the last hello wins: the socket that had the session is closed, its run paused for the new one', async () => {
  const { t, worker, task_id, epoch } = await running();
  const thief = t.client({ resume: worker.resume, holding: [{ task_id, epoch }] });
  expect(worker.detachments).toEqual(['session_taken_over']);
  expect(thief.welcome.adopted).toEqual([task_id]);
  expect(thief.last('task.resume').epoch).toBeGreaterThan(epoch);
  worker.lost();
  expect(stateOf(t, task_id)).toBe('running');
  expect(codeOf(worker.says({ type: 'task.complete', task_id, epoch }))).toBe('stale_epoch');
});

test('the token that a client came with is good until it shows that it has the new one', async () => {
  const { t, worker } = await running();
  const first = worker.resume;
  worker.lost();
  const again = t.client({ resume: first });
  again.lost();
  // The welcome was lost on its way, twice.
  const third = t.client({ resume: first });
  third.lost();
  const fourth = t.client({ resume: first });
  expect(fourth.welcome.resumed).toBe(true);
  t.hub.sessions.confirm(fourth.session);
  fourth.lost();
  expect(t.client({ resume: first }).welcome.resumed).toBe(false);
  expect(t.client({ resume: third.resume }).welcome.resumed).toBe(false);
  expect(t.client({ resume: fourth.resume }).welcome.resumed).toBe(true);
});

test('a wrong resume token opens nothing, nor does the right one in the hands of another principal', async () => {
  const tokens = [
    { name: 'owner', token: 'token-of-owner' },
    { name: 'other', token: 'token-of-other' },
  ];
  const t = await TestHub.open({ tokens });
  const mine = t.client();
  expect(t.client({ resume: { ...mine.resume, resume_token: 'guess' } }).welcome.resumed).toBe(false);
  const other = t.hub.authenticate('token-of-other');
  if (other === null) throw new Error('the token is known');
  mine.hello(other, { resume: mine.resume });
  expect(mine.welcome.resumed).toBe(false);
});

test('another session may adopt a run whose session is gone, if the principal is the same', async () => {
  const { t, worker, task_id, epoch } = await running();
  worker.lost();
  const heir = t.client({ holding: [{ task_id, epoch }] });
  expect(heir.welcome).toMatchObject({ resumed: false, adopted: [task_id] });
  expect(heir.last('task.resume').task_id).toBe(task_id);
  t.clock.advance(TTL_MS);
  expect(stateOf(t, task_id)).toBe('running');
});

test('an operator removes a client: its socket is closed and its claims end', async () => {
  const { t, worker, task_id } = await running();
  const { session_id } = worker.session;
  expect(codeOf(t.request({ type: 'client.remove', session_id }))).toBe('ok');
  expect(worker.detachments).toEqual(['removed']);
  expect(stateOf(t, task_id)).toBe('failed');
  expect(codeOf(t.request({ type: 'client.remove', session_id }))).toBe('not_found');
});

test('presence is told once to a watcher of several lanes, registrations to those of the lane', async () => {
  const t = await TestHub.open();
  const watcher = t.watcher({ lane: 'a', topics: ['client'] });
  watcher.subscribe(t.access, { lane: 'b', topics: ['client'] });
  const client = t.client({ client: { name: 'voice', kind: 'bridge', version: '2' } });
  client.register(['x', 'y'], 'a');
  client.register(['x'], 'a');
  client.register(['x'], 'elsewhere');
  client.goodbye();
  expect(watcher.of('presence').map(({ event, lane, names }) => [event, lane, names])).toEqual([
    ['client.joined', undefined, undefined],
    ['worker.registered', 'a', ['x', 'y']],
    ['worker.unregistered', 'a', ['x', 'y']],
    ['client.left', undefined, undefined],
  ]);
  expect(watcher.of('presence')[0]?.client).toMatchObject({
    name: 'voice',
    kind: 'bridge',
    version: '2',
    connected: true,
  });
  expect(watcher.of('presence').at(-1)?.client.connected).toBe(false);
});

test('names are counted over all lanes, and those that are known already do not count', async () => {
  const t = await TestHub.open({ limits: { worker_names_max: 3 } });
  const client = t.client();
  expect(codeOf(client.register(['a', 'b'], 'one'))).toBe('ok');
  expect(codeOf(client.register(['a', 'b', 'a'], 'one'))).toBe('ok');
  expect(codeOf(client.register(['a', 'b'], 'two'))).toBe('too_many_names');
  expect(codeOf(client.register(['a'], 'two'))).toBe('ok');
});

test('rights of the new token count after a resume: a registration it does not allow ends', async () => {
  const tokens = [{ name: 'owner', token: 'token-of-owner' }];
  const t = await TestHub.open({ tokens });
  const worker = t.client();
  worker.register(['x']);
  worker.lost();
  const narrow = { ...t.access, grants: { ...t.access.grants, lanes: ['stage'] } };
  worker.hello(narrow, { resume: worker.resume });
  expect(worker.welcome.resumed).toBe(true);
  const task_id = t.submit({ name: 'x' });
  expect(stateOf(t, task_id)).toBe('queued');
});
