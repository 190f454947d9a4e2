// A process that tells stories. One of 0 words is led by its parent: it writes and ends when it is told to.
import { connect } from '@cuehub/client';
import { type Args, onOrder, type Order, report, startOf, wordOf } from './words.js';

const { url, token } = startOf();
const hub = connect(url, { token, client: { name: 'worker' } });

const orders: Order[] = [];
let wake: () => void = () => {};
onOrder((order) => {
  orders.push(order);
  wake();
});

async function nextOrder(): Promise<Order> {
  for (;;) {
    const order = orders.shift();
    if (order !== undefined) return order;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const unregister = hub.worker('story', async (task) => {
  const { name, words } = task.args as unknown as Args;
  report({ is: 'called', name, attempt: task.attempt });
  const out = task.stream();
  for (let at = 0; at < words; at += 1) await out.write(wordOf(name, at));
  for (let at = 0; words === 0; ) {
    const order = await nextOrder();
    if (order.do !== 'write') break;
    for (const until = at + order.count; at < until; at += 1) await out.write(wordOf(name, at));
    await task.checkpoint(at);
    report({ is: 'written', name, next: at });
  }
  // Said after the handler has returned, and its end has been sent.
  setImmediate(() => report({ is: 'returned', name }));
  return { told: name };
});
await unregister.registered;
report({ is: 'ready' });
