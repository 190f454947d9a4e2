// Promises about watching a lane: facts, text, bytes, state, what was heard.
import { equal, gate } from './expect.js';
import { type Promised, words } from './stage.js';

export const watchPromises: readonly Promised[] = [
  {
    name: 'watchers have every fact once and in order, also those who come late',
    async run(stage) {
      const [hub, early] = [await stage.client('both'), await stage.transcript()];
      await hub.worker('tick', () => {}).registered;
      await hub.interrupt({ name: 'tick' });
      const late = await stage.transcript();
      const last = await hub.submit({ name: 'tick' });
      await Promise.all([early.fact('task.completed', last.id), late.fact('task.completed', last.id)]);
      const [first = 0] = early.seqs;
      equal(
        early.seqs,
        early.seqs.map((_, index) => first + index),
      );
      equal(late.seqs, early.seqs.slice(-late.seqs.length));
      equal([early.gaps, late.gaps], [[], []]);
    },
  },
  {
    name: 'who opens a lane in mid-sentence sees the sentence',
    async run(stage) {
      const hub = await stage.client('chat');
      const [written, watched] = [gate(), gate()];
      await hub.worker('chat', async (task) => {
        const out = task.stream();
        await out.write('Half of a ');
        written.open();
        await watched.opened;
        await out.write('sentence.');
      }).registered;
      const chat = await hub.submit({ name: 'chat' });
      await written.opened;
      const late = await stage.transcript();
      watched.open();
      await chat.result();
      await stage.saw(late, chat.id, 'Half of a sentence.');
    },
  },
  {
    name: 'the state of the lane is there to read, and told when it changes',
    async run(stage) {
      const hub = await stage.client('observer');
      const busy = gate();
      hub.on('state', ({ state }) => state.mode === 'busy' && busy.open());
      await hub.queue({ name: 'x' }, () => busy.opened);
      await busy.opened;
      equal(typeof hub.state?.state.can_interrupt, 'boolean');
    },
  },
  {
    name: 'who paused its watching is given nothing, and then a snapshot with the text so far',
    async run(stage) {
      const hub = await stage.client('chat');
      const viewer = await stage.client('hidden-page');
      const seen: string[] = [];
      const [first, hidden, second, shown, all] = [gate(), gate(), gate(), gate(), gate()];
      viewer.on('text', ({ data }) => {
        seen.push(String(data));
        if (data === 'one ') first.open();
        if (data === 'three ') all.open();
      });
      viewer.on('snapshot', ({ streams }) => {
        seen.push(...streams.map(({ text }) => `so far: ${text}`));
        if (seen.length > 1) shown.open();
      });
      await hub.worker('chat', async (task) => {
        const out = task.stream();
        await out.write('one ');
        await hidden.opened;
        await out.write('two ');
        second.open();
        await all.opened;
      }).registered;
      const chat = await hub.submit({ name: 'chat' });
      await first.opened;
      viewer.pauseWatching();
      // Answered after the pause is in force.
      await viewer.status();
      hidden.open();
      await second.opened;
      await hub.status();
      await viewer.status();
      equal(seen, ['one ']);
      viewer.resumeWatching();
      // Not the answer to a request: answers overtake what is watched.
      await shown.opened;
      equal(seen, ['one ', 'so far: one two ']);
      all.open();
      await chat.result();
    },
  },
  {
    name: 'bytes stream over MessagePack',
    async run(stage) {
      const hub = await stage.client('speaker');
      const heard: number[] = [];
      const all = gate();
      hub.on('audio', ({ data }) => {
        heard.push(...(data as Uint8Array));
        if (heard.length === 4) all.open();
      });
      const spoken = await hub.queue({ name: 'speak' }, async (task) => {
        const out = task.stream({ name: 'voice', content_type: 'audio/pcm' });
        await out.write(new Uint8Array([1, 2]));
        await out.write(new Uint8Array([3, 255]));
      });
      await spoken.result();
      await all.opened;
      equal(heard, [1, 2, 3, 255]);
    },
  },
  {
    name: 'a sink reports what it played, and the speaker knows when it goes on',
    async run(stage) {
      const [hub, player] = [await stage.client('speaker'), await stage.client('player')];
      const begun = gate();
      const reported = gate();
      player.on('text', ({ task_id, seq }) => {
        if (seq !== 1) return;
        player.heard({ task_id, seq, sink: 'ear' });
        void player.status().then(() => reported.open());
      });
      await player.status();
      await hub.worker('urgent', () => {}).registered;
      const told = await hub.queue({ name: 'tell' }, async (task) => {
        const out = task.stream();
        for (const word of words(3)) await out.write(word);
        begun.open();
        const resumed = new Promise((resolve) => task.onResume(resolve));
        await resumed;
        return task.heard as never;
      });
      await begun.opened;
      await reported.opened;
      await hub.interrupt({ name: 'urgent' });
      equal(await told.result(), { main: { ear: 1 } });
    },
  },
];
