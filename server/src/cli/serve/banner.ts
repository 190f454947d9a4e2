/** What `cuehub serve` tells the person who started it. The one place where a token is ever printed. */
import { pathToFileURL } from 'node:url';
import type { Colors } from '../io.js';
import { DEFAULT_URL } from '../target.js';

export interface BannerFacts {
  readonly version: string;
  readonly url: string;
  readonly ws_url: string;
  /** The token that was made; undefined when the user brought one. */
  readonly made_token: string | undefined;
  /** The one that only watches, when it was made; undefined when the user brought it. */
  readonly watch_token: string | undefined;
  /** Where it is kept for client commands; undefined when it is not. */
  readonly token_file: string | undefined;
  /** Where tasks are kept; undefined for in memory. */
  readonly data_dir: string | undefined;
  readonly pages_built: boolean;
  /** How to call this program. */
  readonly command: string;
  readonly colors: Colors;
}

export function banner(facts: BannerFacts): string {
  const { version, url, ws_url, made_token, watch_token, token_file, data_dir, pages_built, command, colors } = facts;
  const { bold, cyan, dim, green } = colors;
  const token = made_token ?? 'YOUR_TOKEN';
  const where = url === DEFAULT_URL ? '' : ` --url ${url}`;
  const row = (label: string, value: string, note = ''): string =>
    `  ${bold(label.padEnd(11))}${value}${note === '' ? '' : `  ${dim(note)}`}`;
  const kept = token_file === undefined ? 'shown only here' : `also in ${token_file}, for you alone`;
  const keeps =
    data_dir === undefined ? 'tasks are kept in memory: they end with this process' : `tasks are kept in ${data_dir}`;
  const lines = [
    '',
    `  ${green('●')} ${bold(`cuehub ${version}`)} is ready  ${dim(`(${keeps})`)}`,
    '',
    pages_built
      ? row('Overlay', cyan(`${url}/overlay#token=${watch_token ?? 'YOUR_WATCH_TOKEN'}`), 'for OBS: it only watches')
      : row('Overlay', dim('not built: run `npm run build`')),
    ...(pages_built
      ? [
          row('Set it up', cyan(`${url}/overlay/setup#token=${watch_token ?? 'YOUR_WATCH_TOKEN'}`)),
          row('Console', cyan(`${url}/console#token=${token}`), 'what runs, waits and ran'),
          row('Voice', cyan(`${url}/voice#token=${token}`), 'talk to it from this browser'),
          row('Start page', cyan(`${url}/#token=${token}`)),
        ]
      : []),
    row('API', cyan(`${url}/openapi.json`)),
    row('WebSocket', cyan(ws_url)),
    row('Token', made_token ?? 'the one you gave', made_token === undefined ? '' : kept),
    '',
    `  ${bold('In another terminal')}${token_file === undefined ? dim(' (with CUEHUB_TOKEN set to the token)') : ''}`,
    `    ${command} demo${where}     ${dim('a chat, a voice and a monitor that share one floor')}`,
    `    ${command} watch${where}    ${dim('what happens, live')}`,
    '',
    `  ${bold('Or with curl')}`,
    `    curl -X POST ${url}/v1/lanes/main/tasks -H 'Authorization: Bearer ${token}' \\`,
    `      -d '{"name":"voice_command","args":{"command":"lights on"},"priority":"URGENT"}'`,
    '',
    `  ${dim('Ctrl-C stops it.')}`,
    '',
    '',
  ];
  return lines.join('\n');
}

/** `npx cuehub` in a checkout, `cuehub` where it is installed. */
export function commandName(env: Readonly<Record<string, string | undefined>>, module_url: string): string {
  const inCheckout = !module_url.includes('/node_modules/') && module_url.startsWith(pathToFileURL('/').href);
  return env['npm_lifecycle_event'] !== undefined || inCheckout ? 'npx cuehub' : 'cuehub';
}
