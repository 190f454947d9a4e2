// An evening on a hub, played in a moment: the hub's clock is moved on by hand, so that the timeline has something to
// show and every span is as long as the scene says.
import { type Clock, createHub, type HubServer } from 'cuehub';
import type { CueHub, TaskHandle } from '@cuehub/client';
import type { Priority, TaskState } from '@cuehub/protocol';
import { expect, vi } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';

interface Said {
  /** Said one after the other, each when the scene goes on with the task. */
  parts: string[];
  protect?: boolean;
  fails?: boolean;
}

/** Longer than any machine takes to look at the scene. */
const HOLD_MS = 4 * 60_000;

/** Goes like any other, and forward by leaps. */
class LeapingClock implements Clock {
  #behind_ms: number;
  #latest = 0;

  constructor(behind_ms: number) {
    this.#behind_ms = behind_ms;
  }

  now(): number {
    this.#latest = Math.max(this.#latest, Date.now() - this.#behind_ms);
    return this.#latest;
  }

  leap(ms: number): void {
    this.#behind_ms -= ms;
  }

  after(delay_ms: number, fire: () => void): { cancel: () => void } {
    const timer = setTimeout(fire, Math.min(delay_ms, 2 ** 31 - 1));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }
}

export class Scene {
  readonly hub: HubServer;
  readonly #clock: LeapingClock;
  readonly #clients = new Map<string, CueHub>();
  readonly #next = new Map<string, () => void>();
  readonly #early = new Set<string>();

  private constructor(hub: HubServer, clock: LeapingClock) {
    this.hub = hub;
    this.#clock = clock;
  }

  /** Begins this long ago; the leaps lead up to the present. */
  static async begin(behind_ms: number): Promise<Scene> {
    const clock = new LeapingClock(behind_ms);
    const hub = await createHub({ token: TOKEN, clock, rate_limit: 0, hold_default_ms: HOLD_MS });
    await hub.listen({ port: 0 });
    const scene = new Scene(hub, clock);
    for (const [name, kind] of [
      ['twitch-chat', 'bridge'],
      ['fido-voice', 'voice'],
      ['screen-monitor', 'monitor'],
    ] as const) {
      scene.#clients.set(name, hub.client({ client: { name, kind } }));
    }
    await scene.#perform();
    return scene;
  }

  async #perform(): Promise<void> {
    const companion = this.hub.client({ client: { name: 'companion', kind: 'worker', version: '2.1.0' } });
    const names = ['chat_response', 'donation', 'voice_command', 'screen_report'];
    const registered = companion.worker(names, async (task) => {
      const { parts, protect = false, fails = false } = task.args as unknown as Said;
      const out = task.stream(protect ? { can_interrupt: false, reason: 'punch line' } : {});
      for (const part of parts) {
        await out.write(part);
        await this.#goOn(task.id);
      }
      if (fails) throw new Error('the model gave no answer');
      return { said: parts.join('') };
    });
    await registered.registered;
  }

  #goOn(task_id: string): Promise<void> {
    if (this.#early.delete(task_id)) return Promise.resolve();
    return new Promise((resolve) => this.#next.set(task_id, resolve));
  }

  async submit(from: string, name: string, priority: Priority, said: Said): Promise<TaskHandle> {
    const client = this.#clients.get(from);
    if (client === undefined) throw new Error(`nobody is called ${from}`);
    return client.submit({ name, priority, args: { ...said } });
  }

  /** Time passes. */
  pass(ms: number): void {
    this.#clock.leap(ms);
  }

  /** The task says what comes next, or ends. */
  next({ id }: TaskHandle): void {
    const go = this.#next.get(id);
    this.#next.delete(id);
    if (go === undefined) this.#early.add(id);
    else go();
  }

  async is(task: TaskHandle, state: TaskState): Promise<void> {
    await vi.waitFor(async () => expect((await task.get()).state).toBe(state), { interval: 5, timeout: 5_000 });
  }

  end(): Promise<void> {
    return this.hub.close({ graceful: false });
  }
}

/** A reply that is interrupted twice, once in two storeys; a report that fails; and a punch line that nobody may cut. */
export async function playEvening(): Promise<Scene> {
  const scene = await Scene.begin(82_000);
  const report = await scene.submit('screen-monitor', 'screen_report', 'LOW', {
    parts: ['The boss has half its '],
    fails: true,
  });
  await scene.is(report, 'running');
  scene.pass(6_000);
  scene.next(report);
  await scene.is(report, 'failed');
  scene.pass(3_000);
  const reply = await scene.submit('twitch-chat', 'chat_response', 'MEDIUM', {
    parts: [
      'So the trick with this level is that you jump past the coins, ',
      'wait for the second beat and never, ever look down. People keep asking me why; ',
      'the camera lags behind, and what you see is where you were.',
    ],
  });
  await scene.is(reply, 'running');
  scene.pass(9_000);
  const lights = await scene.submit('fido-voice', 'voice_command', 'URGENT', { parts: ['Lights are on.'] });
  await scene.is(lights, 'running');
  scene.pass(4_000);
  scene.next(lights);
  await scene.is(lights, 'completed');
  await scene.is(reply, 'running');
  scene.next(reply);
  scene.pass(7_000);
  const donation = await scene.submit('twitch-chat', 'donation', 'HIGH', {
    parts: ['Thank you, Ada, for five dollars! ', 'You say: love the stream!'],
  });
  await scene.is(donation, 'running');
  scene.pass(5_000);
  const time = await scene.submit('fido-voice', 'voice_command', 'URGENT', { parts: ['It is ten past nine.'] });
  await scene.is(time, 'running');
  scene.pass(3_000);
  scene.next(time);
  await scene.is(donation, 'running');
  scene.next(donation);
  scene.pass(4_000);
  scene.next(donation);
  await scene.is(donation, 'completed');
  await scene.is(reply, 'running');
  scene.next(reply);
  scene.pass(8_000);
  scene.next(reply);
  await scene.is(reply, 'completed');
  scene.pass(3_000);
  const idle = await scene.submit('screen-monitor', 'screen_report', 'BACKGROUND', {
    parts: ['All is calm in the village.'],
  });
  await scene.is(idle, 'running');
  scene.pass(9_000);
  const joke = await scene.submit('twitch-chat', 'chat_response', 'HIGH', {
    parts: ['Why do cats never play poker in the jungle? '],
    protect: true,
  });
  await scene.is(joke, 'running');
  scene.pass(6_000);
  const alarm = await scene.submit('fido-voice', 'voice_command', 'URGENT', { parts: ['Timer set.'] });
  await scene.is(alarm, 'queued');
  scene.pass(9_000);
  for (const user of ['grace', 'linus']) {
    await scene.submit('twitch-chat', 'chat_response', 'MEDIUM', { parts: [`Hello ${user}!`] });
  }
  await scene.submit('screen-monitor', 'screen_summary', 'LOW', { parts: ['…'] });
  scene.pass(6_000);
  return scene;
}
