/** A check between the fields of an object, from one plain function that can be asked without zod too (`sound-as-is.ts`). */
import type * as z from 'zod';
import type { Issue } from '../errors.js';

export interface Rule<T> extends z.core.$ZodCheck<T> {
  /** What is wrong between fields that are each sound. Paths are names of fields of the object. */
  readonly issuesOf: (value: T) => readonly Issue[];
}

export function rule<T>(issuesOf: Rule<T>['issuesOf']): Rule<T> {
  return {
    issuesOf,
    _zod: {
      def: { check: 'custom' },
      onattach: [],
      check: ({ value, issues }) => {
        for (const { path, message } of issuesOf(value)) {
          issues.push({ code: 'custom', input: value, path: [path], message });
        }
      },
    },
  };
}

export function isRule(check: z.core.$ZodCheck): check is Rule<unknown> {
  return 'issuesOf' in check;
}
