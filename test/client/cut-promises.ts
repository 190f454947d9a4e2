// Promises about connections that a network cuts.
import { equal, gate } from './expect.js';
import { type Promised, words } from './stage.js';

export const cutPromises: readonly Promised[] = [
  {
    name: 'a connection that is cut in the middle of a stream costs no chunk, at the executor or the watcher',
    cuts: true,
    async run(stage) {
      const [hub, transcript] = [await stage.client('chat'), await stage.transcript()];
      const [begun, back] = [gate(), gate()];
      await hub.worker('chat', async (task) => {
        const out = task.stream();
        task.onResume(() => back.open());
        for (const [index, word] of words(60).entries()) {
          await out.write(word);
          if (index === 20) begun.open();
          if (index === 40) await back.opened;
        }
      }).registered;
      const chat = await hub.submit({ name: 'chat' });
      await begun.opened;
      await stage.cut();
      await chat.result();
      await stage.saw(transcript, chat.id, words(60).join(''));
      equal(
        transcript.seqs,
        transcript.seqs.map((_, index) => (transcript.seqs[0] ?? 0) + index),
      );
    },
  },
  {
    name: 'a submit and a result live through a cut connection, and the task runs once',
    cuts: true,
    async run(stage) {
      const producer = await stage.client('producer');
      const submitted = producer.submit({ name: 'slow' });
      await stage.cut();
      const handle = await submitted;
      const result = handle.result();
      await producer.status();
      await stage.cut();
      // Only now: a dispatch that is lost on its way has used up the task's only attempt.
      const worker = await stage.client('worker');
      let runs = 0;
      worker.worker('slow', () => {
        runs += 1;
        return 'done';
      });
      equal(await result, 'done');
      equal(runs, 1);
    },
  },
  {
    name: 'an end that was not acknowledged before the cut is acknowledged after it',
    cuts: true,
    async run(stage) {
      const hub = await stage.client('worker');
      let runs = 0;
      await hub.worker('quick', async (task) => {
        runs += 1;
        await task.stream().write('text');
        await stage.cut();
        return 'kept';
      }).registered;
      const handle = await hub.submit({ name: 'quick' });
      equal(await handle.result(), 'kept');
      equal(runs, 1);
    },
  },
  {
    name: 'after a cut the workers are still registered and the watches still fed',
    cuts: true,
    async run(stage) {
      const [hub, transcript] = [await stage.client('worker'), await stage.transcript()];
      await hub.worker('tick', () => 'tock').registered;
      await stage.cut();
      const tick = await hub.submit({ name: 'tick' });
      equal(await tick.result(), 'tock');
      await transcript.fact('task.completed', tick.id);
      equal(transcript.gaps, []);
    },
  },
];
