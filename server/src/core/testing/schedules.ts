/** The simulation as tests: many seeds, told in groups; a failing one names itself and how to replay it. */
import { expect, it } from 'vitest';
import type { SimReport } from './sim-report.js';
import { simulate } from './simulate.js';

const GROUP = 100;

export function schedules(first: number, count: number): void {
  for (let from = first; from < first + count; from += GROUP) {
    it(`keeps every promise in schedules ${from} to ${from + GROUP - 1}`, { timeout: 60_000 }, () => {
      const reports: SimReport[] = [];
      for (let seed = from; seed < from + GROUP; seed += 1) reports.push(simulate({ seed }));
      // A simulation in which nothing happens keeps every promise too: see that it is no such one.
      const sum = (of: (report: SimReport) => number): number =>
        reports.reduce((total, report) => total + of(report), 0);
      expect(sum((report) => report.accepted)).toBeGreaterThan(GROUP * 10);
      expect(sum((report) => report.chunks)).toBeGreaterThan(GROUP * 10);
      expect(sum((report) => report.pauses)).toBeGreaterThan(GROUP / 2);
      expect(sum((report) => report.deferrals)).toBeGreaterThan(GROUP / 10);
      expect(sum((report) => report.crashes)).toBeGreaterThan(GROUP);
      expect(sum((report) => report.lost)).toBeGreaterThan(GROUP);
      expect(sum((report) => report.probes)).toBeGreaterThan(GROUP * 10);
      for (const state of ['completed', 'failed', 'cancelled', 'expired']) {
        expect(
          sum((report) => report.ended[state] ?? 0),
          state,
        ).toBeGreaterThan(0);
      }
    });
  }
}
