// Owns: the first words (§3) and what gets no welcome: subprotocols, tokens, origins, wrong order, and the heartbeat.
// Leaves to others: frames after the welcome (messages.test.ts), sessions (sessions.test.ts).
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Codec, CODECS, helloFields, joinHub, openSocket, TOKEN, useHub } from './harness.js';

const handle = useHub({ flags: { heartbeat: 200 } });

/** The HTTP status that answers an upgrade which is refused, or 101. */
function upgradeStatus(protocols: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(handle.hub.socketUrl, protocols);
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.once('error', reject);
  });
}

describe.each(CODECS)('hello over %s', (codec) => {
  it('is answered by a welcome that says everything a client has to know', async () => {
    const client = await handle.stage(codec).client();
    expect(client.welcome).toMatchObject({
      type: 'welcome',
      protocol: 1,
      hub: { name: 'cuehub', version: expect.any(String), instance_id: expect.any(String) },
      session_id: expect.any(String),
      resume_token: expect.any(String),
      session_ttl_ms: expect.any(Number),
      resumed: false,
      heartbeat_ms: 200,
      limits: { frame_bytes_max: 262_144, subscriptions_max: 128 },
      adopted: [],
      released: [],
    });
    expect(new Set(client.welcome?.grants.roles)).toEqual(new Set(['producer', 'worker', 'observer', 'operator']));
    expect(client.welcome?.grants).toMatchObject({ lanes: ['*'], max_priority: 'URGENT' });
  });

  it('makes a session of its own for each connection to one hub', async () => {
    const stage = handle.stage(codec);
    const [one, two] = [await stage.client(), await stage.client()];
    expect(one.sessionId).not.toBe(two.sessionId);
    expect(one.welcome?.resume_token).not.toBe(two.welcome?.resume_token);
    expect(one.welcome?.hub).toEqual(two.welcome?.hub);
  });

  it('may bring its token in the header instead', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const client = await handle.stage(codec).client({ token: null, headers });
    expect(client.welcome?.protocol).toBe(1);
  });

  it('with a wrong token, or without any, closes with 4501', async () => {
    const stage = handle.stage(codec);
    for (const token of ['wrong', `${TOKEN}x`, TOKEN.slice(0, -1), null]) {
      const socket = await stage.socket();
      socket.send('hello', helloFields({ token }));
      expect(await socket.closeCode()).toBe(4501);
      expect(socket.seen({ type: 'welcome' })).toEqual([]);
    }
  });

  it('does not take a token from the query of the address', async () => {
    const socket = await handle.stage(codec).socket({ query: `?token=${TOKEN}` });
    socket.send('hello', helloFields({ token: null }));
    expect(await socket.closeCode()).toBe(4501);
  });

  it('ignores fields that it does not know', async () => {
    const socket = await handle.stage(codec).socket();
    socket.send('hello', { ...helloFields(), later: { version: 9 } });
    await socket.expectFrame({ type: 'welcome' });
  });

  it('comes first: anything else closes with 4507', async () => {
    const stage = handle.stage(codec);
    for (const type of ['ping', 'pong', 'task.submit', 'no.such.type']) {
      const socket = await stage.socket();
      socket.send(type, { id: 1 });
      expect(await socket.closeCode()).toBe(4507);
    }
  });

  it('comes once: a second one is an error, and the first stays good', async () => {
    const client = await handle.stage(codec).client();
    await client.refused('hello', helloFields(), 'already_said_hello');
    await client.fence();
  });
});

describe('subprotocols', () => {
  const spoken = async (protocols: string[], codec: Codec): Promise<string> => {
    const client = await joinHub(handle.hub, { protocols, codec });
    const { protocol } = client.socket;
    await client.close(1000);
    expect(client.violations).toEqual([]);
    return protocol;
  };

  it('the one offered is spoken', async () => {
    expect(await spoken(['cuehub.v1.json'], 'json')).toBe('cuehub.v1.json');
    expect(await spoken(['cuehub.v1.msgpack'], 'msgpack')).toBe('cuehub.v1.msgpack');
  });

  it('none offered means JSON', async () => {
    expect(await spoken([], 'json')).toBe('');
  });

  it('unknown ones beside a known one do no harm', async () => {
    expect(await spoken(['graphql-ws', 'cuehub.v1.json'], 'json')).toBe('cuehub.v1.json');
    expect(await spoken(['cuehub.v9.cbor', 'cuehub.v1.msgpack'], 'msgpack')).toBe('cuehub.v1.msgpack');
  });

  it('only unknown ones are HTTP 400 before the upgrade', async () => {
    expect(await upgradeStatus(['cuehub.v9.json'])).toBe(400);
    expect(await upgradeStatus(['graphql-ws', 'mqtt'])).toBe(400);
  });

  it('frames are not compressed, whatever the client offers', async () => {
    const client = await handle.stage().client();
    expect(client.socket.extensions).toBe('');
  });
});

describe('the origin of a page', () => {
  it.each(['http://localhost:5173', 'http://127.0.0.1:9999', 'https://localhost', 'http://[::1]:8080'])(
    '%s is loopback and passes',
    async (origin) => {
      await handle.stage().client({ origin });
    },
  );

  it('the hub itself passes', async () => {
    await handle.stage().client({ origin: handle.hub.url });
  });

  it.each([
    'https://evil.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evil.example:8787',
    'https://notlocalhost',
  ])('%s is foreign and closes with 4503', async (origin) => {
    const socket = await openSocket(handle.hub, { origin });
    if (socket.isOpen) socket.send('hello', helloFields());
    expect(await socket.closeCode()).toBe(4503);
    expect(socket.seen({ type: 'welcome' })).toEqual([]);
  });
});

describe('the heartbeat', () => {
  it('comes from the hub as often as the welcome says', async () => {
    const client = await handle.stage().client();
    const before = Date.now();
    for (let beats = 0; beats < 3; beats += 1) {
      const ping = await client.expectFrame({ type: 'ping' });
      expect(Math.abs(ping.at - Date.now())).toBeLessThan(2_000);
    }
    expect(Date.now() - before).toBeGreaterThanOrEqual(350);
    expect(client.isOpen).toBe(true);
  });

  it('may come from the client too', async () => {
    const client = await handle.stage('msgpack').client();
    const reply = await client.ok('ping');
    expect(Math.abs(reply.at - Date.now())).toBeLessThan(2_000);
  });
});

describe('auth.refresh', () => {
  it('renews in band', async () => {
    const client = await handle.stage().client();
    await client.ok('auth.refresh', { token: TOKEN });
    await client.fence();
  });

  it('does not take a wrong token', async () => {
    const client = await handle.stage().client();
    await client.refused('auth.refresh', { token: 'wrong' }, 'unauthenticated');
  });
});
