/** Asks a hub over HTTP and turns everything that can go wrong into one clear line. */
import type { Issue } from '@cuehub/protocol';
import { CliError, oneLine } from './cli-error.js';
import type { Target } from './target.js';

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly issues?: readonly Issue[] };
}

/** The answer took longer than the HTTP client waits. The request may have been carried out. */
export class AnswerTimeout extends CliError {}

/** Answers with the parsed body of a success; throws `CliError` otherwise. */
export async function askHub<T>(
  target: Target,
  path: string,
  { method = 'GET', body, headers = {} }: Ask = {},
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${target.url}${path}`, {
      method,
      headers: { ...headers, ...(target.token === undefined ? {} : { Authorization: `Bearer ${target.token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
    });
  } catch (error) {
    throw unreachable(target, error);
  }
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new CliError(`${target.url} answered ${response.status}, and not as a cuehub does`);
  }
  if (!response.ok) throw refused(target, response.status, answer as ErrorBody);
  return answer as T;
}

function unreachable(target: Target, error: unknown): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: string }).code;
  if (code === 'ECONNREFUSED') {
    return new CliError(
      `no hub answers at ${target.url}: start one with \`cuehub serve\`, or say where it is with --url`,
    );
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return new AnswerTimeout(`${target.url} did not answer in time`);
  return new CliError(`${target.url} cannot be reached: ${oneLine(cause)}`);
}

function refused(target: Target, status: number, { error }: ErrorBody): CliError {
  if (status === 401) {
    const why = target.token === undefined ? 'asks for a token' : 'does not know this token';
    return new CliError(`the hub at ${target.url} ${why}: give it with --token or CUEHUB_TOKEN`);
  }
  return new CliError(error?.message ?? `the hub answered ${status}`);
}
