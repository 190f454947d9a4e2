/**
 * What a hub can be told: one schema, one set of defaults, resolved once. Everything behind it reads `HubConfig`
 * and applies no defaults of its own.
 */
import { type Clock, systemClock } from './clock.js';
import { type Logger, silentLogger } from './logger.js';
import { randomSecret } from '../auth/secrets.js';
import { DURATIONS, LIMITS, type Limits, PRIORITIES, ROLES } from '@cuehub/protocol';
import * as z from 'zod';

/** A token by the name of the principal it speaks for. */
const namedToken = z.strictObject({
  /** Told as `principal` of what it submits; tokens with one name are one principal. */
  name: z.string().min(1).max(128),
  token: z.string().min(1).max(8_192),
  roles: z
    .array(z.enum(ROLES))
    .min(1)
    .default([...ROLES]),
  /** Names of lanes, or `*`. */
  lanes: z
    .array(
      z
        .string()
        .min(1)
        .max(64)
        .refine((name) => name !== '__proto__', { error: 'no lane is named __proto__' }),
    )
    .min(1)
    .default(['*']),
  max_priority: z.enum(PRIORITIES).default('URGENT'),
  /** Unix milliseconds; its connections are closed with 4401 then. */
  expires_at: z.number().positive().optional(),
});
export type NamedToken = z.input<typeof namedToken>;

const duration = z
  .int()
  .min(1)
  .max(DURATIONS.idempotency_ms * 144);
const bound = z.int().min(1);
const limitNames = Object.keys(LIMITS) as (keyof Limits)[];
const durationNames = Object.keys(DURATIONS) as (keyof typeof DURATIONS)[];

const limitsSchema = z.strictObject(
  Object.fromEntries(limitNames.map((name) => [name, bound.optional()])) as Record<
    keyof Limits,
    z.ZodOptional<z.ZodInt>
  >,
);
const durationsShape = Object.fromEntries(durationNames.map((name) => [name, duration.optional()])) as Record<
  keyof typeof DURATIONS,
  z.ZodOptional<z.ZodInt>
>;

const optionsSchema = z.strictObject({
  name: z.string().min(1).max(64).optional(),
  host: z.string().min(1).optional(),
  port: z.int().min(0).max(65_535).optional(),
  token: z.string().min(1).max(8_192).optional(),
  watch_token: z.string().min(1).max(8_192).optional(),
  tokens: z.array(namedToken).min(1).max(10_000).optional(),
  rate_limit: z.number().min(0).optional(),
  connections_max: bound.optional(),
  allowed_origins: z.array(z.string().min(1)).optional(),
  limits: limitsSchema.optional(),
  ...durationsShape,
});

/** How to set up a hub. Every field has a default. */
export interface HubOptions extends Partial<Record<keyof typeof DURATIONS, number | undefined>> {
  /** What the hub calls itself in `welcome`. */
  name?: string | undefined;
  /** Address to listen on; loopback by default. */
  host?: string | undefined;
  /** TCP port; 0 takes a free one. */
  port?: number | undefined;
  /** One token that may do everything, of the principal `owner`. Made at random when neither this nor `tokens` is given. */
  token?: string | undefined;
  tokens?: readonly NamedToken[] | undefined;
  /** A further token, of the principal `watch`, that may watch every lane and do nothing else: for pages seen in public. */
  watch_token?: string | undefined;
  /** Requests a second and connection, with twice that as a burst; 0 for no limit. */
  rate_limit?: number | undefined;
  connections_max?: number | undefined;
  /** Origins beside the hub's own and loopback from which pages may connect, as `https://example.org`. */
  allowed_origins?: readonly string[] | undefined;
  limits?: Partial<Limits> | undefined;
  logger?: Logger | undefined;
  clock?: Clock | undefined;
}

export interface HubConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly z.output<typeof namedToken>[];
  /** One of `tokens`; undefined when there is none for watching alone. */
  readonly watch_token: string | undefined;
  readonly connections_max: number;
  readonly allowed_origins: readonly string[];
  /** `requests_per_s` is 0 where nothing is limited. */
  readonly limits: Limits;
  readonly durations: { readonly [name in keyof typeof DURATIONS]: number };
  readonly logger: Logger;
  readonly clock: Clock;
}

export const DEFAULTS = {
  name: 'cuehub',
  host: '127.0.0.1',
  port: 8787,
  principal: 'owner',
  watch_principal: 'watch',
  rate_limit: LIMITS.requests_per_s,
  connections_max: 20_000,
  allowed_origins: [] as readonly string[],
} as const;

/** The burst is this many seconds of the rate. */
const BURST_S = 2;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Checks the options and applies the defaults. Throws `ConfigError` that names the option. */
export function resolveConfig(options: HubOptions = {}): HubConfig {
  const { logger = silentLogger, clock = systemClock(), ...plain } = options;
  const parsed = optionsSchema.safeParse(plain);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(`option ${issue?.path.join('.') || '(root)'}: ${issue?.message ?? 'is not valid'}`);
  }
  const given = parsed.data;
  if (given.token !== undefined && given.tokens !== undefined) {
    throw new ConfigError('option token: give either token or tokens, not both');
  }
  const only = (): NamedToken => ({ name: DEFAULTS.principal, token: given.token ?? randomSecret() });
  const tokens = given.tokens ?? [namedToken.parse(only())];
  const { watch_token } = given;
  if (watch_token !== undefined) {
    if (tokens.some(({ token }) => token === watch_token)) {
      throw new ConfigError('option watch_token: it is the same as a token that may do more; give another');
    }
    tokens.push(namedToken.parse({ name: DEFAULTS.watch_principal, token: watch_token, roles: ['observer'] }));
  }
  const rate_limit = given.rate_limit ?? DEFAULTS.rate_limit;
  return {
    name: given.name ?? DEFAULTS.name,
    host: given.host ?? DEFAULTS.host,
    port: given.port ?? DEFAULTS.port,
    tokens,
    watch_token,
    connections_max: given.connections_max ?? DEFAULTS.connections_max,
    allowed_origins: given.allowed_origins ?? DEFAULTS.allowed_origins,
    limits: {
      ...merge(LIMITS, given.limits ?? {}),
      requests_per_s: rate_limit,
      requests_burst: Math.ceil(rate_limit * BURST_S),
    },
    durations: merge(DURATIONS, given),
    logger,
    clock,
  };
}

/** `defaults` with those of its fields that `given` has. */
function merge<K extends string>(
  defaults: { readonly [name in K]: number },
  given: NoInfer<{ readonly [name in K]?: number | undefined }>,
): { readonly [name in K]: number } {
  const merged: { [name in K]: number } = { ...defaults };
  for (const name of Object.keys(defaults) as K[]) merged[name] = given[name] ?? defaults[name];
  return merged;
}
