/** Lanes over HTTP: their list, their status, start and stop; `/clone/orchestrator/*` is the same for lane `main`. */
import { DEFAULT_LANE } from '@cuehub/protocol';
import * as z from 'zod';
import { type Call, type Endpoint, endpoint } from './endpoint.js';
import { failure } from './errors.js';
import { HTTP_SOURCE, answer, json, laneList, laneParams, namedLaneStatus } from './params.js';

type LaneCall = Call<unknown, unknown, unknown>;

const stopBody = z.object({
  drain: z.boolean().default(false).meta({ description: 'Let the holder finish instead of pausing it.' }),
});
const stop = { name: 'StopLane', schema: stopBody, required: false };
const status = { name: 'NamedLaneStatus', schema: namedLaneStatus };

async function statusOf({ c, hub, access }: LaneCall, lane: string): Promise<Response> {
  const outcome = await hub.request({ type: 'lane.status', lane }, access, HTTP_SOURCE, c.req.raw.signal);
  return answer(outcome, (ok) => ({ lane, ...ok }));
}

/** Answers with the status as it is after the change; a caller who may steer but not look gets the lane's name. */
async function steer(
  call: LaneCall,
  lane: string,
  message: { type: 'lane.start' } | { type: 'lane.stop'; drain: boolean },
) {
  const outcome = await call.hub.request({ ...message, lane }, call.access, HTTP_SOURCE);
  if ('error' in outcome) return failure(outcome.error);
  const after = await statusOf(call, lane);
  return after.ok ? after : json({ lane });
}

export const laneEndpoints: readonly Endpoint[] = [
  endpoint(
    {
      method: 'get',
      path: '/clone/orchestrator/status',
      id: 'orchestratorStatus',
      tag: 'orchestrator',
      summary: 'Mode, holder and queue of lane `main`',
      answers: { 200: { description: 'The lane as it is now.', ...status } },
      errors: [403],
    },
    (call) => statusOf(call, DEFAULT_LANE),
  ),
  endpoint(
    {
      method: 'post',
      path: '/clone/orchestrator/start',
      id: 'orchestratorStart',
      tag: 'orchestrator',
      summary: 'Start lane `main`',
      answers: { 200: { description: 'Started (or it was).', ...status } },
      errors: [403, 503],
    },
    (call) => steer(call, DEFAULT_LANE, { type: 'lane.start' }),
  ),
  endpoint(
    {
      method: 'post',
      path: '/clone/orchestrator/stop',
      id: 'orchestratorStop',
      tag: 'orchestrator',
      summary: 'Stop lane `main`: no new grants, nothing is lost',
      body: stop,
      answers: { 200: { description: 'Stopped (or it was).', ...status } },
      errors: [400, 403, 503],
    },
    (call) => steer(call, DEFAULT_LANE, { type: 'lane.stop', drain: call.body.drain }),
  ),
  endpoint(
    {
      method: 'get',
      path: '/v1/lanes',
      id: 'listLanes',
      tag: 'lanes',
      summary: 'The lanes that the token may see',
      answers: {
        200: { description: 'Each with its status and its place in its log.', name: 'LaneList', schema: laneList },
      },
      errors: [403],
    },
    ({ hub, access }) => {
      if (!access.grants.roles.includes('observer') && !access.grants.roles.includes('operator')) {
        return failure({ code: 'forbidden', message: 'this token may not watch lanes' });
      }
      return json({ lanes: hub.lanes(access) });
    },
  ),
  endpoint(
    {
      method: 'get',
      path: '/v1/lanes/:lane',
      id: 'laneStatus',
      tag: 'lanes',
      summary: 'Mode, holder and queue of a lane',
      params: laneParams,
      answers: { 200: { description: 'The lane as it is now; one that nobody made yet is empty.', ...status } },
      errors: [400, 403],
    },
    (call) => statusOf(call, call.params.lane),
  ),
  endpoint(
    {
      method: 'post',
      path: '/v1/lanes/:lane/start',
      id: 'startLane',
      tag: 'lanes',
      summary: 'Start a lane',
      params: laneParams,
      answers: { 200: { description: 'Started (or it was).', ...status } },
      errors: [400, 403, 409, 503],
    },
    (call) => steer(call, call.params.lane, { type: 'lane.start' }),
  ),
  endpoint(
    {
      method: 'post',
      path: '/v1/lanes/:lane/stop',
      id: 'stopLane',
      tag: 'lanes',
      summary: 'Stop a lane: no new grants, nothing is lost',
      params: laneParams,
      body: stop,
      answers: { 200: { description: 'Stopped (or it was).', ...status } },
      errors: [400, 403, 409, 503],
    },
    (call) => steer(call, call.params.lane, { type: 'lane.stop', drain: call.body.drain }),
  ),
];
