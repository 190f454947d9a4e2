/** What a first message comes to (PROTOCOL §3). Pure; sessions are the hub's. */
import { type CloseCodeName, type HelloMessage, PROTOCOL_VERSION } from '@cuehub/protocol';
import type { Access } from '../auth/access.js';

export type HelloVerdict =
  | { readonly kind: 'welcome'; readonly access: Access }
  | { readonly kind: 'close'; readonly close: CloseCodeName; readonly reason: string };

/** `header_token` came with the upgrade; a token in the message is the later word. */
export function judgeHello(
  hello: HelloMessage,
  header_token: string | undefined,
  authenticate: (token: string | undefined) => Access | null,
): HelloVerdict {
  if ((hello.protocol ?? PROTOCOL_VERSION) !== PROTOCOL_VERSION) {
    return { kind: 'close', close: 'version', reason: `this hub speaks version ${PROTOCOL_VERSION}` };
  }
  const token = hello.token ?? header_token;
  const access = authenticate(token);
  if (access !== null) return { kind: 'welcome', access };
  return {
    kind: 'close',
    close: 'not_authenticated',
    reason:
      token === undefined ? 'a token is needed, in hello or as Authorization: Bearer' : 'this token is not known here',
  };
}
