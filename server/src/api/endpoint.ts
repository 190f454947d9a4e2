/**
 * One HTTP operation: where it is, what it takes, what it answers. The same description parses the request, mounts
 * the route and becomes the OpenAPI page (openapi.ts), so the three cannot disagree.
 */
import { parseWith } from '@cuehub/protocol/schemas';
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import type { Access, HubPort } from '../hub/port.js';
import { failure } from './errors.js';

export interface ApiEnv {
  Variables: { access: Access | null };
}

export interface Answer {
  readonly description: string;
  /** The name under which the schema stands among the components of the OpenAPI page. */
  readonly name?: string;
  readonly schema?: z.ZodType;
  readonly content_type?: string;
}

export interface Call<P, Q, B> {
  readonly c: Context<ApiEnv>;
  readonly hub: HubPort;
  readonly access: Access;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Spec<P, Q, B> {
  readonly method: 'get' | 'post' | 'delete';
  /** In hono's writing: `/v1/lanes/:lane`. */
  readonly path: string;
  readonly id: string;
  readonly tag: 'orchestrator' | 'lanes' | 'tasks' | 'events' | 'hub';
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly headers?: z.ZodType;
  /** `wrapper`: the body may also come as the one field of this name, as it does on the WebSocket. */
  readonly body?: {
    readonly name: string;
    readonly schema: z.ZodType<B>;
    readonly required: boolean;
    readonly wrapper?: string;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of errors that this operation may answer with, beside 401 and 429. */
  readonly errors?: readonly number[];
  /** Answers without a token. */
  readonly open?: boolean;
}

/** An endpoint whose types of parameters, query and body are sealed inside. */
export interface Endpoint {
  readonly spec: Spec<unknown, unknown, unknown>;
  readonly handle: (c: Context<ApiEnv>, hub: HubPort) => Promise<Response>;
}

const NOBODY: Access = { principal: '', grants: { roles: [], lanes: [], max_priority: 'BACKGROUND' } };

export function endpoint<P = unknown, Q = unknown, B = unknown>(
  spec: Spec<P, Q, B>,
  handle: (call: Call<P, Q, B>) => Promise<Response> | Response,
): Endpoint {
  return {
    spec,
    handle: async (c, hub) => {
      const access = c.get('access') ?? NOBODY;
      const params = check(spec.params, c.req.param());
      if ('response' in params) return params.response;
      const query = check(spec.query, c.req.query());
      if ('response' in query) return query.response;
      const body = spec.body === undefined ? { value: undefined as B } : await readBody(c, spec.body);
      if ('response' in body) return body.response;
      return handle({ c, hub, access, params: params.value, query: query.value, body: body.value });
    },
  };
}

/** Mounts endpoints, and after them a 405 with `Allow` for the other methods of each path. */
export function mount(app: Hono<ApiEnv>, hub: HubPort, endpoints: readonly Endpoint[]): void {
  const methods = new Map<string, Set<string>>();
  for (const { spec, handle } of endpoints) {
    app.on(spec.method.toUpperCase(), spec.path, (c) => handle(c, hub));
    const known = methods.get(spec.path) ?? new Set<string>();
    known.add(spec.method.toUpperCase());
    if (spec.method === 'get') known.add('HEAD');
    methods.set(spec.path, known);
  }
  for (const [path, known] of methods) {
    const allow = [...known].sort().join(', ');
    app.all(path, (c) =>
      failure({
        code: 'invalid_message',
        status: 405,
        message: `${c.req.method} is not possible on ${c.req.path}; it takes ${allow}`,
        headers: { Allow: allow },
      }),
    );
  }
}

/** As strict as a socket is: with another character in its place a text would be kept wrong for good. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

type Checked<T> = { readonly value: T } | { readonly response: Response };

function check<T>(schema: z.ZodType<T> | undefined, value: unknown, what = 'request'): Checked<T> {
  if (schema === undefined) return { value: undefined as T };
  const parsed = parseWith(schema, value, what);
  return parsed.ok ? { value: parsed.value } : { response: failure(parsed) };
}

/** The body is JSON whatever `Content-Type` says: `curl -d` calls it a form. */
async function readBody<B>(c: Context, spec: NonNullable<Spec<unknown, unknown, B>['body']>): Promise<Checked<B>> {
  let text: string;
  try {
    text = UTF_8.decode(await c.req.arrayBuffer());
  } catch {
    return { response: failure({ code: 'invalid_message', message: 'the body is not UTF-8; send JSON in UTF-8' }) };
  }
  if (text.trim() === '') {
    if (!spec.required) return check(spec.schema, {}, 'body');
    return { response: failure({ code: 'invalid_message', message: 'the body is empty; a JSON object is needed' }) };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { response: failure({ code: 'invalid_message', message: `the body is not JSON: ${detail}` }) };
  }
  const inner = spec.wrapper === undefined ? undefined : wrapped(value, spec.wrapper);
  return inner === undefined ? check(spec.schema, value, 'body') : check(spec.schema, inner, spec.wrapper);
}

/** What is in `{[wrapper]: {…}}`; undefined for a body that is something else. */
function wrapped(value: unknown, wrapper: string): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  return (value as Record<string, unknown>)[wrapper];
}
