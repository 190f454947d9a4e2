// Owns: what is measured. Each scenario has a lane of its own and leaves no client behind.
import type { Hub } from './hub.js';
import { type Figures, rounded, spread } from './measure.js';
import { type Frame, Socket } from './socket.js';

const warmUpRounds = 200;
const rounds = 2_000;
const watchers = 200;
const waves = 150;
const chunksPerWave = 20;
const chunkText = 'and then the cat looked up, yawned, and said nothing at all for a while. ';

const run = (frame: Frame): { task_id: string | undefined; epoch: number | undefined } => ({
  task_id: frame.task?.task_id,
  epoch: frame.epoch,
});

/** From submitting a task to knowing that it is completed, one at a time. */
export async function roundTrip(hub: Hub): Promise<Figures> {
  const lane = 'bench-round';
  const producer = await Socket.open(hub, 'producer');
  const worker = await Socket.open(hub, 'worker');
  await worker.ask({ type: 'worker.register', lane, names: ['echo'] });
  const durations: number[] = [];
  let started = performance.now();
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    if (round === 0) started = performance.now();
    const dispatched = worker.next('task.dispatch');
    const submittedAt = performance.now();
    await producer.ask({ type: 'task.submit', lane, task: { name: 'echo', args: { round } } });
    await worker.ask({ type: 'task.complete', ...run(await dispatched), result: round });
    if (round >= 0) durations.push(performance.now() - submittedAt);
  }
  const seconds = (performance.now() - started) / 1000;
  await Promise.all([producer.close(), worker.close()]);
  return {
    name: 'submit, run, complete',
    figures: { ...spread(durations), tasks_per_s: rounded(rounds / seconds) },
  };
}

/** From submitting an urgent task to its start, through the pause of the one that holds the floor; and back. */
export async function interruption(hub: Hub): Promise<Figures> {
  const lane = 'bench-switch';
  const producer = await Socket.open(hub, 'producer');
  const talker = await Socket.open(hub, 'talker');
  const voice = await Socket.open(hub, 'voice');
  await talker.ask({ type: 'worker.register', lane, names: ['talk'] });
  await voice.ask({ type: 'worker.register', lane, names: ['command'] });
  const talking = talker.next('task.dispatch');
  const reply = await producer.ask({ type: 'task.submit', lane, task: { name: 'talk', priority: 'LOW' } });
  const { task_id } = run(await talking);
  let epoch = (await talking).epoch;
  const toStart: number[] = [];
  const back: number[] = [];
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const pause = talker.next('task.pause');
    const urgent = voice.next('task.dispatch');
    const submittedAt = performance.now();
    producer.send({ type: 'task.submit', lane, task: { name: 'command', priority: 'URGENT' } });
    await pause;
    talker.send({ type: 'task.paused', task_id, epoch });
    const command = await urgent;
    const startedAt = performance.now();
    const resumed = talker.next('task.resume');
    voice.send({ type: 'task.complete', ...run(command) });
    epoch = (await resumed).epoch;
    if (round < 0) continue;
    toStart.push(startedAt - submittedAt);
    back.push(performance.now() - startedAt);
  }
  await talker.ask({ type: 'task.complete', task_id: reply.task_id, epoch });
  await Promise.all([producer.close(), talker.close(), voice.close()]);
  const { p50_ms, p99_ms } = spread(back);
  return {
    name: 'interrupt a holder',
    figures: { ...spread(toStart), resume_p50_ms: p50_ms ?? 0, resume_p99_ms: p99_ms ?? 0 },
  };
}

/** A stream of text to many watchers. */
export async function fanOut(hub: Hub): Promise<Figures> {
  const lane = 'bench-fan-out';
  const worker = await Socket.open(hub, 'worker');
  await worker.ask({ type: 'worker.register', lane, names: ['talk'] });
  const audience: Socket[] = [];
  for (let n = 0; n < watchers; n += 1) {
    const watcher = await Socket.open(hub, `watcher-${n}`);
    await watcher.ask({ type: 'subscribe', lane, topics: ['text'] });
    audience.push(watcher);
  }
  const dispatched = worker.next('task.dispatch');
  await worker.ask({ type: 'task.submit', lane, task: { name: 'talk' } });
  const { task_id, epoch } = run(await dispatched);
  await worker.ask({ type: 'stream.open', task_id, epoch });

  const cpuBefore = hub.cpuMs();
  const started = performance.now();
  let seq = 0;
  for (let wave = 0; wave < waves; wave += 1) {
    for (let n = 0; n < chunksPerWave; n += 1) {
      worker.send({ type: 'stream.chunk', task_id, epoch, seq, data: chunkText });
      seq += 1;
    }
    while (audience.some((watcher) => watcher.chunks < seq)) await new Promise(setImmediate);
  }
  const seconds = (performance.now() - started) / 1000;
  const cpuAfter = hub.cpuMs();
  await worker.ask({ type: 'task.complete', task_id, epoch });
  await Promise.all([worker, ...audience].map((socket) => socket.close()));

  const deliveries = seq * watchers;
  const cpu =
    cpuBefore === undefined || cpuAfter === undefined
      ? {}
      : { hub_cpu_us_per_delivery: rounded(((cpuAfter - cpuBefore) * 1000) / deliveries) };
  return {
    name: `chunks to ${watchers} watchers`,
    figures: { deliveries_per_s: rounded(deliveries / seconds), ...cpu },
  };
}
