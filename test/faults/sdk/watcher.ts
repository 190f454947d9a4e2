// A process that watches, and tells with each event all that it has before its eyes.
import { connect, type WatchEvent } from '@cuehub/client';
import { type Args, report, startOf, type View } from './words.js';

const { url, token } = startOf();
const hub = connect(url, { token, client: { name: 'watcher' } });

const view: View = { facts: [], seqs: [], gaps: [], snapshots: 0, texts: {} };
const names = new Map<string, string>();
const chunks = new Map<string, string[]>();

function nameOf(task_id: string): string {
  return names.get(task_id) ?? task_id;
}

function take(event: WatchEvent): void {
  switch (event.type) {
    case 'snapshot':
      view.snapshots += 1;
      for (const { task_id, text, next_seq } of event.streams) {
        // As one piece at the last of its numbers.
        const pieces: string[] = [];
        if (next_seq > 0) pieces[next_seq - 1] = text;
        chunks.set(task_id, pieces);
      }
      break;
    case 'event': {
      view.seqs.push(event.seq);
      const task_id = 'task' in event ? event.task.task_id : 'task_id' in event ? event.task_id : '';
      if (event.event === 'task.queued') names.set(task_id, (event.task.args as unknown as Args).name);
      view.facts.push(`${event.event} ${nameOf(task_id)}`);
      break;
    }
    case 'chunk': {
      const pieces = chunks.get(event.task_id) ?? [];
      chunks.set(event.task_id, pieces);
      // A repeat would show as text twice.
      pieces[event.seq] = (pieces[event.seq] ?? '') + String(event.data);
      break;
    }
    case 'cut':
      chunks.get(event.task_id)?.splice(event.from_seq);
      break;
    case 'gap':
      view.gaps.push(event.reason);
      break;
    default:
  }
}

const events = hub.watch({ topics: ['task', 'text'] });
await hub.ready;
report({ is: 'ready' });
for await (const event of events) {
  take(event);
  view.texts = Object.fromEntries([...chunks].map(([task_id, pieces]) => [nameOf(task_id), pieces.join('')]));
  report({ is: 'seen', view });
}
