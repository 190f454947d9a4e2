/** The proof is in the compiler: `npx tsc -b` fails when one of these is not an error any more. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../words.js';
import { agree } from './agree.js';

describe('agree', () => {
  it('compiles for the same fields, however they were written', () => {
    agree<{ a: string; b?: number }, { a: string } & { b?: number }>();
    agree<{ readonly a: readonly string[] }, { a: string[] }>();
    agree<{ a?: Json; m: { readonly [key: string]: Json } }, { a?: Json; m: { [key: string]: Json } }>();
    expect(agree).toBeTypeOf('function');
  });

  it('does not compile for a field that is missing, more optional, or of another type', () => {
    // @ts-expect-error one side lacks an optional field
    agree<{ a: string; b?: number }, { a: string }>();
    // @ts-expect-error the other side lacks it
    agree<{ a: string }, { a: string; b?: number }>();
    // @ts-expect-error optional here, needed there
    agree<{ a: string }, { a?: string }>();
    // @ts-expect-error undefined is not absent
    agree<{ a?: string }, { a?: string | undefined }>();
    // @ts-expect-error one word more
    agree<{ a: 'x' | 'y' }, { a: 'x' }>();
    // @ts-expect-error further down
    agree<{ a: { b: { c: number }[] } }, { a: { b: { c: string }[] } }>();
    // @ts-expect-error a payload is not unknown
    agree<{ a?: Json }, { a?: unknown }>();
    expect(agree).toBeTypeOf('function');
  });
});
