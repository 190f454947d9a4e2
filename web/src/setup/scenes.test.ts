import { hubMessage } from '@cuehub/protocol/schemas';
import { describe, expect, it } from 'vitest';
import { online, type Watcher } from '../overlay/testing/watcher.js';
import { SCENES, type SceneName, stepsOf } from './scenes.js';

const NAMES = Object.keys(SCENES) as SceneName[];

/** Plays a scene, looking at every step. */
function play(scene: SceneName, look: (watcher: Watcher) => void = () => {}): Watcher {
  const watcher = online();
  for (const { after_ms, message } of stepsOf(scene, 1)) {
    watcher.wait(after_ms).take(message);
    look(watcher);
  }
  return watcher;
}

describe('a sample scene', () => {
  it.each(NAMES)('is what a hub would say: %s', (scene) => {
    for (const { message } of stepsOf(scene, 1)) expect(hubMessage.safeParse(message).error).toBeUndefined();
  });

  it.each(NAMES)('ends with a free stage, and everything that was said: %s', (scene) => {
    const watcher = play(scene);
    expect(watcher.view.badge).toMatchObject({ label: 'Idle', waiting: 0 });
    expect(watcher.view.queue).toEqual({ items: [], more: 0 });
    expect(watcher.view.bubbles.every(({ typing, depth }) => !typing && depth === 0)).toBe(true);
    expect(watcher.wait(60_000).seen).toEqual([]);
  });

  it('has an interruption in which the reply steps back and comes back with its whole text', () => {
    const seen = new Set<string>();
    const watcher = play('interruption', ({ seen: bubbles }) => seen.add(bubbles.join(' | ')));
    expect(seen).toContain('1: The trick with this level is that you jump past the coins,  | 0: On it. Lights are on!');
    expect(watcher.seen.slice(-1)[0]).toMatch(/^0: The trick .* coins, and never ever look down\.$/);
  });

  it('has alerts that say who and how much', () => {
    expect(play('donation').view.bubbles).toMatchObject([{ alert: { kind: 'donation', figure: '$20' } }]);
    expect(play('raid').view.bubbles).toMatchObject([{ alert: { kind: 'raid', figure: '42 viewers' } }]);
    expect(play('command').view.bubbles).toMatchObject([{ alert: { kind: 'command', message: 'what time is it?' } }]);
  });

  it('has a queue with more than a strip can show', () => {
    let most = 0;
    play('queue', ({ view }) => {
      most = Math.max(most, view.queue.more);
    });
    expect(most).toBe(1);
  });
});
