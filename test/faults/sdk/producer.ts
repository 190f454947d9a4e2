// A process that submits what it is told to, and tells what was acknowledged and what became of it.
import { connect } from '@cuehub/client';
import { onOrder, report, startOf } from './words.js';

const { url, token } = startOf();
const hub = connect(url, { token, client: { name: 'producer' } });

async function submit(name: string, words: number): Promise<void> {
  const asked = hub.submit({ name: 'story', args: { name, words } });
  report({ is: 'asked', name });
  const task = await asked;
  report({ is: 'submitted', name, task_id: task.id });
  report({ is: 'result', name, result: await task.result() });
}

onOrder((order) => {
  if (order.do !== 'submit') return;
  submit(order.name, order.words).catch((error: unknown) => report({ is: 'failed', why: String(error) }));
});
await hub.ready;
report({ is: 'ready' });
