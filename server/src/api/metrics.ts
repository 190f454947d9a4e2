/** The hub's figures for Prometheus. Everything is read when somebody asks; nothing is counted here. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Access, HubPort, HubStats } from '../hub/port.js';

/** Sees every lane and may do nothing. */
const METRICS_ACCESS: Access = {
  principal: 'metrics',
  grants: { roles: ['observer'], lanes: ['*'], max_priority: 'BACKGROUND' },
};

type Totals = { readonly [name in keyof HubStats as name extends `${string}_total` ? name : never]: string };
type Sizes = { readonly [name in keyof HubStats as name extends `${string}_total` ? never : name]: string };

const TOTALS: Totals = {
  requests_total: 'Requests of clients, over all transports',
  facts_total: 'Facts told: every transition of a task or lane',
  chunks_total: 'Chunks of streams that were accepted',
  dispatches_total: 'Tasks handed to an executor',
  deliveries_total: 'Messages of lanes handed to the sockets of those who watch',
};
const SIZES: Sizes = {
  connections: 'Open WebSocket connections',
  sessions: 'Sessions, those that may come back included',
  lanes: 'Lanes in memory',
  tasks: 'Tasks that are known, ended ones included',
  waits: 'Requests that wait for the end of a task',
};

/** The registry is made at the first question: a hub that nobody scrapes pays nothing. */
export function createMetrics(hub: HubPort): () => Promise<string> {
  let registry: Registry | undefined;
  return () => (registry ??= makeRegistry(hub)).metrics();
}

function makeRegistry(hub: HubPort): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const [name, help] of Object.entries(TOTALS) as [keyof Totals, string][]) {
    new Counter({
      name: `cuehub_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(hub.stats()[name]);
      },
    });
  }
  for (const [name, help] of Object.entries(SIZES) as [keyof Sizes, string][]) {
    new Gauge({
      name: `cuehub_${name}`,
      help,
      registers,
      collect() {
        this.set(hub.stats()[name]);
      },
    });
  }
  new Gauge({
    name: 'cuehub_ready',
    help: '1 when the hub takes tasks',
    registers,
    collect() {
      this.set(hub.readiness().ready ? 1 : 0);
    },
  });
  addLaneMetrics(hub, registers);
  return registry;
}

function addLaneMetrics(hub: HubPort, registers: Registry[]): void {
  const lanes = () => hub.lanes(METRICS_ACCESS);
  new Gauge({
    name: 'cuehub_lane_tasks',
    help: 'Tasks of a lane that are not over, by what they do',
    labelNames: ['lane', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { lane, state, current_task } of lanes()) {
        this.set({ lane, state: 'queued' }, state.tasks_queued);
        this.set({ lane, state: 'paused' }, state.tasks_paused);
        this.set({ lane, state: 'deferred' }, state.tasks_deferred);
        this.set({ lane, state: 'holder' }, current_task === null ? 0 : 1);
      }
    },
  });
  new Gauge({
    name: 'cuehub_lane_queue_size',
    help: 'Tasks that wait on a lane',
    labelNames: ['lane'],
    registers,
    collect() {
      this.reset();
      for (const { lane, queue_size } of lanes()) this.set({ lane }, queue_size);
    },
  });
  new Gauge({
    name: 'cuehub_lane_tasks_completed',
    help: 'Tasks that a lane has completed; begins anew when a lane leaves memory',
    labelNames: ['lane'],
    registers,
    collect() {
      this.reset();
      for (const { lane, state } of lanes()) this.set({ lane }, state.tasks_completed);
    },
  });
  new Gauge({
    name: 'cuehub_lane_started',
    help: '0 while a lane is stopped',
    labelNames: ['lane'],
    registers,
    collect() {
      this.reset();
      for (const { lane, state } of lanes()) this.set({ lane }, state.started ? 1 : 0);
    },
  });
}
