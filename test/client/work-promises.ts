// Promises about tasks: submitting, running, interrupting, steering.
import { TaskCancelled, TaskFailed, TaskFailure } from '@cuehub/client';
import { equal, gate, rejection } from './expect.js';
import { type Promised, words } from './stage.js';

export const workPromises: readonly Promised[] = [
  {
    name: 'a worker runs what a producer submits, and the producer has its result',
    async run(stage) {
      const [producer, worker] = [await stage.client('producer'), await stage.client('worker')];
      await worker.worker('sum', (task) => {
        const { a, b } = task.args as { a: number; b: number };
        return { sum: a + b };
      }).registered;
      const handle = await producer.submit({ name: 'sum', args: { a: 2, b: 3 } });
      equal(await handle.result(), { sum: 5 });
      equal(handle.state, 'completed');
      equal((await producer.get(handle.id)).state, 'completed');
    },
  },
  {
    name: 'the same idempotency key is the same task',
    async run(stage) {
      const hub = await stage.client('producer');
      const first = await hub.submit({ name: 'once', idempotency_key: 'k' });
      const second = await hub.submit({ name: 'once', idempotency_key: 'k' });
      equal([second.id, second.duplicate], [first.id, true]);
      const error = await rejection(hub.submit({ name: 'other', idempotency_key: 'k' }));
      equal(error.code, 'idempotency_conflict');
    },
  },
  {
    name: 'an interrupt is answered in the middle of a stream, which then goes on with no chunk lost or doubled',
    async run(stage) {
      const [hub, transcript] = [await stage.client('voice'), await stage.transcript()];
      const [begun, interrupted] = [gate(), gate()];
      await hub.worker('chat', async (task) => {
        const out = task.stream();
        for (const [index, word] of words(40).entries()) {
          await out.write(word);
          if (index === 10) begun.open();
          if (index === 20) await interrupted.opened;
        }
      }).registered;
      await hub.worker('voice_*', (task) => ({ said: task.name })).registered;
      const chat = await hub.submit({ name: 'chat' });
      await begun.opened;
      equal(await hub.interrupt({ name: 'voice_command' }), { said: 'voice_command' });
      interrupted.open();
      await chat.result();
      await stage.saw(transcript, chat.id, words(40).join(''));
      await transcript.fact('task.resumed', chat.id);
    },
  },
  {
    name: 'a task that fails, is cancelled or expires rejects with an error of its own',
    async run(stage) {
      const hub = await stage.client('both');
      const started = gate();
      let aborted: unknown;
      hub.worker('broken', () => {
        throw new TaskFailure('tts_down', 'no voice');
      });
      await hub.worker('endless', async (task) => {
        started.open();
        await new Promise<void>((resolve) => task.signal.addEventListener('abort', () => resolve()));
        aborted = task.signal.reason;
        await task.pausePoint();
      }).registered;
      const failed = await rejection((await hub.submit({ name: 'broken' })).result());
      equal([failed instanceof TaskFailed, failed.code, failed.message], [true, 'tts_down', 'no voice']);

      const endless = await hub.submit({ name: 'endless' });
      await started.opened;
      await endless.cancel('never mind');
      const cancelled = await rejection(endless.result());
      equal([cancelled instanceof TaskCancelled, aborted instanceof TaskCancelled], [true, true]);

      const expired = await rejection((await hub.submit({ name: 'nobody_runs_this', ttl_ms: 20 })).result());
      equal(expired.code, 'task_expired');
    },
  },
  {
    name: 'a request that is wrong says where',
    async run(stage) {
      const hub = await stage.client('producer');
      const error = await rejection(hub.submit({ name: 'x', priority: 'SOON' as never }));
      equal(
        [error.code, (error as unknown as { issues: { path: string }[] }).issues[0]?.path],
        ['invalid_message', 'task.priority'],
      );
    },
  },
  {
    name: 'a client runs its own task when it gets the floor',
    async run(stage) {
      const hub = await stage.client('self');
      const handle = await hub.queue({ name: 'remember_fact', args: { fact: 'cats' } }, (task) => [
        task.name,
        task.args ?? null,
      ]);
      equal(await handle.result(), ['remember_fact', { fact: 'cats' }]);
    },
  },
  {
    name: 'nobody interrupts a protected section, whoever wanted to is told and runs right after it',
    async run(stage) {
      const [hub, transcript] = [await stage.client('chat'), await stage.transcript()];
      const order: string[] = [];
      const inside = gate();
      await hub.worker('chat', async (task) => {
        await task.protect(
          async () => {
            inside.open();
            await transcript.until(() => transcript.facts.some((fact) => fact.startsWith('task.deferred')));
            order.push('punch line');
          },
          { reason: 'punch line' },
        );
        await task.checkpoint({ at: 1 });
        order.push('after');
      }).registered;
      await hub.worker('donation', () => void order.push('donation')).registered;
      const chat = await hub.submit({ name: 'chat' });
      await inside.opened;
      const donation = await hub.submit({ name: 'donation', priority: 'HIGH' });
      await donation.result();
      await chat.result();
      equal(order, ['punch line', 'donation', 'after']);
    },
  },
  {
    name: 'a polite interruption lets the sentence end',
    async run(stage) {
      const [hub, transcript] = [await stage.client('chat'), await stage.transcript()];
      const [begun, pausing] = [gate(), gate()];
      let textAtInterruption = '';
      let chat_id = '';
      await hub.worker('chat', async (task) => {
        const out = task.stream();
        await out.write('Once upon ');
        begun.open();
        await pausing.opened;
        await out.write('a time ');
        await out.sentence('there was a hub. ');
        await out.write('The end.');
      }).registered;
      await hub.worker('donation', async () => {
        await transcript.fact('task.paused', chat_id);
        textAtInterruption = transcript.text(chat_id);
      }).registered;
      const chat = await hub.submit({ name: 'chat' });
      chat_id = chat.id;
      await begun.opened;
      const donation = await hub.submit({ name: 'donation', priority: 'HIGH', preempt: 'finish' });
      await transcript.fact('task.pausing', chat.id);
      pausing.open();
      await donation.result();
      equal(textAtInterruption, 'Once upon a time there was a hub. ');
      await stage.saw(transcript, chat.id, 'Once upon a time there was a hub. The end.');
    },
  },
  {
    name: 'a task calls another on its own lane and goes on with its result',
    async run(stage) {
      const [hub, transcript] = [await stage.client('caller'), await stage.transcript()];
      await hub.worker('recall_memory', (task) => `${(task.args as { query: string }).query} purr`).registered;
      await hub.worker('chat', async (task) => {
        const out = task.stream();
        await out.write('Did you know that ');
        const fact = await task.call({ name: 'recall_memory', args: { query: 'cats' } });
        await out.write(`${fact as string}?`);
      }).registered;
      const chat = await hub.submit({ name: 'chat' });
      await chat.result();
      await stage.saw(transcript, chat.id, 'Did you know that cats purr?');
    },
  },
  {
    name: 'another attempt starts from the checkpoint, and watchers cut their text there',
    async run(stage) {
      const [hub, transcript] = [await stage.client('retry'), await stage.transcript()];
      await hub.worker('story', async (task) => {
        const out = task.stream();
        const { done } = (task.resume?.checkpoint ?? { done: 0 }) as { done: number };
        for (const [index, word] of words(6).entries()) {
          if (index < done) continue;
          await out.write(word);
          if (index === 2 && task.attempt === 1) await task.checkpoint({ done: 3 });
          if (index === 4 && task.attempt === 1) throw new TaskFailure('hiccup', 'again', { retryable: true });
        }
        return task.attempt;
      }).registered;
      const story = await hub.submit({ name: 'story', max_attempts: 2 });
      equal(await story.result(), 2);
      await stage.saw(transcript, story.id, words(6).join(''));
    },
  },
  {
    name: 'a stopped lane keeps its tasks, and runs them by priority when it is started',
    async run(stage) {
      const hub = await stage.client('operator');
      await hub.worker('*', () => {}).registered;
      const ran: string[] = [];
      // What is watched may come after the answers.
      const told = new Promise<void>((resolve) => {
        hub.on('task', (fact) => {
          if (fact.event === 'task.started' && ran.push(fact.task.priority) === 4) resolve();
        });
      });
      await hub.stop();
      equal((await hub.status()).state.started, false);
      const tasks = [];
      for (const priority of ['LOW', 'URGENT', 'MEDIUM', 'HIGH'] as const)
        tasks.push(await hub.submit({ name: 'x', priority }));
      equal((await hub.status()).queue_size, 4);
      equal((await hub.list({ states: ['queued'] })).tasks.length, 4);
      await hub.start();
      await Promise.all(tasks.map((task) => task.result()));
      await told;
      equal(ran, ['URGENT', 'HIGH', 'MEDIUM', 'LOW']);
    },
  },
  {
    name: 'a client that an operator removes ends with a typed error and does not come back',
    async run(stage) {
      const [operator, victim] = [await stage.client('operator'), await stage.client('victim')];
      const closed = new Promise<number>((resolve) => victim.on('closed', (error) => resolve(error.close_code)));
      const session_id = victim.welcome?.session_id ?? '';
      equal(
        (await operator.clients()).some((client) => client.session_id === session_id),
        true,
      );
      await operator.remove(session_id);
      equal(await closed, 4510);
      equal((await rejection(victim.status())).code, 'connection_closed');
    },
  },
];
