/** Which session has a claim on which task: the runs in its hands, and the `self` tasks that wait for it. */
import type { Lane, LaneSession } from './lane.js';
import type { Run, Task } from './task.js';
import { OrderIndex } from './order-index.js';
import { prefixOf } from './workers.js';

/** The lane's entry of a session; a new one is not connected until the lane is told so. */
export function laneSession(lane: Lane, session_id: string): LaneSession {
  let session = lane.sessions.get(session_id);
  if (!session) {
    session = {
      session_id,
      number: lane.sessions_total,
      principal: '',
      connected: false,
      names: new Set(),
      tasks: new OrderIndex(),
      due: 0,
      timer_index: -1,
    };
    lane.sessions_total += 1;
    lane.sessions.set(session_id, session);
  }
  return session;
}

/** The session is there to be given work, or it is not; so it is with all the names that it registered for. */
export function setConnected(lane: Lane, session: LaneSession, connected: boolean): void {
  if (session.connected === connected) return;
  session.connected = connected;
  for (const name of session.names) {
    if (connected) lane.workers.add(session, name);
    else lane.workers.delete(session, name);
  }
  lane.queue.setReady('session', session.session_id, connected);
  refreshNames(lane, session.names);
}

/**
 * Names for which a worker came or went: what waits for them can start now, or can not. A whole name is looked up; a
 * prefix is compared with each name that somebody waits for, which is the one thing here that grows with them.
 */
export function refreshNames(lane: Lane, registrations: Iterable<string>): void {
  const prefixes: string[] = [];
  for (const registration of registrations) {
    const prefix = prefixOf(registration);
    if (prefix === null) lane.queue.setReady('worker', registration, lane.workers.serve(registration));
    else prefixes.push(prefix);
  }
  if (prefixes.length === 0) return;
  for (const name of lane.queue.names()) {
    if (prefixes.some((prefix) => name.startsWith(prefix))) {
      lane.queue.setReady('worker', name, lane.workers.serve(name));
    }
  }
}

/** A session without claims and registrations is nothing to the lane. */
export function dropIdleSession(lane: Lane, session: LaneSession): void {
  if (session.tasks.size > 0 || session.names.size > 0) return;
  lane.timers.clear(session);
  lane.sessions.delete(session.session_id);
}

export function setRun(lane: Lane, task: Task, run: Run): void {
  const before = task.run?.session_id ?? task.self_session;
  task.run = run;
  if (before === run.session_id) return;
  if (before !== null) unclaim(lane, task, before);
  claim(lane, task, run.session_id);
}

/** Nobody has the run any more; a `self` task still belongs to its session. */
export function giveUpRun(lane: Lane, task: Task): void {
  const session_id = task.run?.session_id;
  task.run = null;
  task.awaiting = null;
  if (session_id === undefined || session_id === task.self_session) return;
  unclaim(lane, task, session_id);
}

export function claim(lane: Lane, task: Task, session_id: string): void {
  const { tasks } = laneSession(lane, session_id);
  if (!tasks.has(task)) tasks.add(task);
}

export function unclaim(lane: Lane, task: Task, session_id: string): void {
  const session = lane.sessions.get(session_id);
  if (!session) return;
  if (session.tasks.has(task)) session.tasks.delete(task);
  dropIdleSession(lane, session);
}
