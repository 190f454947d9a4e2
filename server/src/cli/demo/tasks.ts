/** The tasks of the demo, and who submits them. */
import type { CueHub } from '@cuehub/client';
import type { DemoLine } from './lines.js';
import { type MachineFacts, machineFacts } from './machine.js';

export interface DemoTasks {
  /** `protect`: nobody may interrupt it while it is said. */
  chat_response: { args: { text: string; protect: boolean }; result: { words: number } };
  voice_command: { args: { command: string }; result: { said: string } };
  /** What the voice page makes of "remember …", by its rule from the start. */
  remember_fact: { args: { fact: string }; result: { said: string } };
  donation: { args: { from: string; amount: string; message: string }; result: { said: string } };
  monitor_report: { args: Record<keyof MachineFacts, number>; result: { said: string } };
}

export type DemoHub = CueHub<DemoTasks>;

/** A report is worth reading while it is fresh; the next one takes its place in the queue. */
const REPORT_TTL_MS = 10_000;

export function submitChat(hub: DemoHub, text: string, protect: boolean) {
  return hub.submit({ name: 'chat_response', args: { text, protect }, priority: 'MEDIUM' });
}

export function submitDonation(hub: DemoHub, from: string, amount: string, message: string) {
  return hub.submit({ name: 'donation', args: { from, amount, message }, priority: 'HIGH' });
}

export function submitCommand(hub: DemoHub, command: string) {
  return hub.submit({ name: 'voice_command', args: { command }, priority: 'URGENT' });
}

export function submitReport(hub: DemoHub, now_ms: number) {
  return hub.submit({
    name: 'monitor_report',
    args: { ...machineFacts(now_ms) },
    priority: 'LOW',
    ttl_ms: REPORT_TTL_MS,
    dedupe: { key: 'monitor', mode: 'replace' },
  });
}

/** What a line of input becomes. */
export function submitLine(hub: DemoHub, line: DemoLine) {
  switch (line.kind) {
    case 'chat':
      return submitChat(hub, line.text, line.protected);
    case 'voice':
      return submitCommand(hub, line.command);
    case 'donation':
      return submitDonation(hub, line.from, line.amount, line.message);
  }
}
