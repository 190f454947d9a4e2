/** What the main entry promises to browsers: no zod, no `eval`, no Node. */
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import * as protocol from './index.js';

describe('the main entry, bundled for a browser', () => {
  let code = '';
  let inputs: Metafile['inputs'] = {};

  beforeAll(async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      target: 'chrome103',
      minify: true,
      treeShaking: false,
    });
    code = outputFiles[0]?.text ?? '';
    inputs = metafile.inputs;
  });

  it('has msgpackr in its no-eval build and no zod', () => {
    const files = Object.keys(inputs).filter((file) => file.includes('node_modules'));
    expect(files.map((file) => file.replace(/^.*node_modules\//, ''))).toEqual(['msgpackr/dist/index-no-eval.cjs']);
  });

  it('makes no code from strings, so that a strict CSP holds', () => {
    expect(code.length).toBeGreaterThan(10_000);
    expect(code).not.toMatch(/\beval\s*\(/);
    expect(code).not.toMatch(/\bnew\s+Function\b/);
    expect(code).not.toMatch(/\bFunction\s*\(/);
  });
});

describe('the main entry', () => {
  it('exports what is on the list', () => {
    expect(Object.keys(protocol).toSorted()).toMatchInlineSnapshot(`
      [
        "ALL_LANES",
        "CLOSE_CODES",
        "DEFAULT_CONTENT_TYPE",
        "DEFAULT_LANE",
        "DEFAULT_STREAM",
        "DEFAULT_TOPICS",
        "DURATIONS",
        "DURATION_MAX_MS",
        "ERROR_CODES",
        "EXECUTORS",
        "FACT_EVENTS",
        "HOLD_EVENTS",
        "LANE_EVENTS",
        "LIMITS",
        "MODES",
        "NAME_PATTERN",
        "ON_INTERRUPT",
        "PREEMPT_STYLES",
        "PRESENCE_EVENTS",
        "PRIORITIES",
        "PROTOCOL_VERSION",
        "ROLES",
        "STREAM_EVENTS",
        "STREAM_NAME_PATTERN",
        "SUBPROTOCOL_JSON",
        "SUBPROTOCOL_MSGPACK",
        "TASK_DEFAULTS",
        "TASK_EVENTS",
        "TASK_NAME_PATTERN",
        "TASK_STATES",
        "TERMINAL_STATES",
        "TEXT_LIMITS",
        "TOPICS",
        "WAITING_FOR",
        "WORKER_NAME_PATTERN",
        "checkJson",
        "codecFor",
        "isTerminal",
        "isWellFormed",
        "jsonCodec",
        "levelOf",
        "msgpackCodec",
        "priorityOf",
        "resolveTask",
        "shouldReconnect",
        "taskRuleIssues",
      ]
    `);
  });
});
