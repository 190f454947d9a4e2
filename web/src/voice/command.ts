// One thing that was said or typed, on its way through the hub, and what the page says about it. Pure.
import { isTerminal, type Json, type TaskView } from '@cuehub/protocol';
import { demoCommand } from '../demo-command.js';
import { holdReason, type Lane } from './lane.js';
import type { CommandSpec } from './rules.js';
import { DEFAULT_SETTINGS } from './settings.js';

export interface Command {
  readonly id: number;
  /** As it was heard or typed. */
  readonly text: string;
  readonly by: 'voice' | 'text';
  readonly spec: CommandSpec;
  /** `lost`: it never got to the hub. */
  readonly at: 'sending' | 'sent' | 'lost';
  /** Why it is lost, in words for people. */
  readonly problem: string;
  readonly task_id: string | null;
  /** The latest that the hub said about it. */
  readonly view: TaskView | null;
}

export type CommandTone = 'sending' | 'waiting' | 'deferred' | 'answering' | 'done' | 'ended' | 'problem';

export interface CommandStatus {
  readonly tone: CommandTone;
  readonly text: string;
}

/** Not over: it can still be taken back. */
export function isOpen({ at, view }: Command): boolean {
  return at !== 'lost' && (view === null || !isTerminal(view.state));
}

/** What was known is not replaced by something older. */
export function withView(command: Command, view: TaskView): Command {
  if (command.view !== null && isTerminal(command.view.state) && !isTerminal(view.state)) return command;
  return { ...command, view };
}

export function statusOf(command: Command, lane: Lane, online: boolean): CommandStatus {
  const { at, view, spec } = command;
  if (at === 'lost') return { tone: 'problem', text: command.problem };
  if (at === 'sending' || view === null) {
    return { tone: 'sending', text: online ? 'On its way' : 'Not connected: it is sent when the hub is back' };
  }
  switch (view.state) {
    case 'queued':
      return waiting(view, lane);
    case 'running':
      return { tone: 'answering', text: 'Answering' };
    case 'pausing':
    case 'paused':
      return { tone: 'waiting', text: pausedText(view, lane) };
    case 'cancelling':
      return { tone: 'waiting', text: 'Being cancelled' };
    case 'completed':
      return { tone: 'done', text: 'Done' };
    case 'failed':
      return { tone: 'problem', text: `Failed: ${view.error?.message || view.error?.code || failedText(view.reason)}` };
    case 'expired':
      return { tone: 'problem', text: expiredText(view, spec) };
    case 'cancelled':
      return { tone: 'ended', text: view.reason === 'superseded' ? 'Replaced by a newer one' : 'Cancelled' };
  }
}

/** `chat_response` → `chat response`: names are for programs, pages are for people. */
export function humanName(name: string): string {
  return name.replace(/[_.:/-]+/g, ' ').trim();
}

function waiting(view: TaskView, lane: Lane): CommandStatus {
  if (view.deferred !== undefined) return { tone: 'deferred', text: `Waits: ${deferredText(view.deferred, lane)}` };
  switch (view.waiting_for) {
    case 'worker':
      return { tone: 'waiting', text: `Waits: nobody is connected who runs ${view.name}. ${runIt(view)}` };
    case 'start':
      return { tone: 'waiting', text: 'Waits: the lane is stopped' };
    case 'retry':
      return { tone: 'waiting', text: 'Waits: it is tried again' };
    case 'hold':
      return { tone: 'deferred', text: `Waits: ${deferredText({ reason: 'hold', by_task_id: '' }, lane)}` };
    default:
      return { tone: 'waiting', text: floorText(view, lane) };
  }
}

/** The demo runs what a fresh page asks for, and nothing that somebody named himself. */
function runIt({ name, lane }: TaskView): string {
  const isOfDemo = DEFAULT_SETTINGS.rules.some((rule) => rule.name === name);
  return isOfDemo ? `Connect a worker for it, or run ${demoCommand(lane)}.` : 'Connect a worker for it.';
}

/** "hold, punch line (chat response)". */
export function deferredText({ reason, by_task_id }: { reason: string; by_task_id: string }, lane: Lane): string {
  const holder = by_task_id || (lane.current?.task_id ?? '');
  const name = humanName(lane.tasks.get(holder)?.name ?? 'the task that runs');
  if (reason === 'not_interruptible') return `${name} may not be interrupted`;
  const why = holdReason(lane, holder);
  return why === '' ? `hold (${name} may not be cut off now)` : `hold, ${why} (${name})`;
}

function floorText(view: TaskView, lane: Lane): string {
  const { current } = lane;
  if (current === null || current.task_id === view.task_id) return 'Waits for the floor';
  return `Waits for ${humanName(current.name)}`;
}

function pausedText({ task_id }: TaskView, { current }: Lane): string {
  return current === null || current.task_id === task_id ? 'Paused' : `Paused for ${humanName(current.name)}`;
}

function failedText(reason: string | undefined): string {
  if (reason === 'timeout') return 'it took too long';
  if (reason === 'executor_lost') return 'its worker is gone';
  return reason ?? 'no reason was given';
}

function expiredText({ reason }: TaskView, { ttl_ms }: CommandSpec): string {
  if (reason !== 'ttl' || ttl_ms === undefined) return 'Expired: it was paused for too long';
  return `Expired: its turn did not come within ${ttl_ms / 1_000} s`;
}

/** A result as text for people, when it is one; else as JSON. */
export function resultText(result: Json | undefined): { text: string; plain: boolean } | null {
  if (result === undefined || result === null) return null;
  if (typeof result === 'string') return result.trim() === '' ? null : { text: result, plain: true };
  if (typeof result === 'object' && !Array.isArray(result)) {
    const entries = Object.entries(result);
    if (entries.length === 0) return null;
    const [key = '', said] = entries[0] ?? [];
    // A result that only says something is what it says.
    if (entries.length === 1 && typeof said === 'string' && /^(said|text|reply|answer|message)$/.test(key)) {
      return { text: said, plain: true };
    }
  }
  return { text: JSON.stringify(result, null, 1), plain: false };
}
