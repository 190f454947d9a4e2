/** Is the process alive, is it ready, how is it doing. Open to probes, which have no token. */
import * as z from 'zod';
import { type Endpoint, endpoint } from './endpoint.js';
import { json } from './params.js';

export interface HealthOptions {
  /** The text for Prometheus, when it is not to be made from the hub's own figures. */
  readonly metrics?: () => Promise<string>;
  /** Prometheus may scrape without a token. */
  readonly metrics_open?: boolean;
}

export function healthEndpoints({
  metrics,
  metrics_open = false,
}: HealthOptions & { readonly metrics: () => Promise<string> }): readonly Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/healthz',
        id: 'health',
        tag: 'hub',
        summary: 'Whether the process answers',
        answers: {
          200: {
            description: 'It does.',
            name: 'Health',
            schema: z.object({
              status: z.literal('ok'),
              name: z.string(),
              version: z.string(),
              instance_id: z.string(),
            }),
          },
        },
        open: true,
      },
      ({ hub }) => json({ status: 'ok', ...hub.info }),
    ),
    endpoint(
      {
        method: 'get',
        path: '/readyz',
        id: 'readiness',
        tag: 'hub',
        summary: 'Whether the hub takes tasks',
        answers: {
          200: {
            description: 'It does.',
            name: 'Readiness',
            schema: z.looseObject({ ready: z.boolean(), reason: z.string() }),
          },
        },
        errors: [503],
        open: true,
      },
      ({ hub }) => {
        const readiness = hub.readiness();
        if (readiness.ready) return json(readiness);
        const response = json(
          { ...readiness, error: { code: readiness.code ?? 'shutting_down', message: readiness.reason } },
          503,
        );
        response.headers.set('Retry-After', '1');
        return response;
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/metrics',
        id: 'metrics',
        tag: 'hub',
        summary: 'Figures for Prometheus',
        answers: { 200: { description: 'The text format, version 0.0.4.', content_type: 'text/plain; version=0.0.4' } },
        open: metrics_open,
      },
      async () => {
        return new Response(await metrics(), {
          headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' },
        });
      },
    ),
  ];
}
