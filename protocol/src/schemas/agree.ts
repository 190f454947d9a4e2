/** Compile-time proof that a schema and a hand-written interface say the same. Nothing of it runs. */
import type { Json } from '../words.js';

/** Intersections flattened, `readonly` dropped, optionality kept; payloads and bytes taken as they are. */
type Plain<T> = [Json] extends [T] ? T : PlainMember<T>;
type PlainMember<T> = T extends string | number | boolean | null | undefined | Uint8Array
  ? T
  : { -readonly [K in keyof T]: Plain<T[K]> };

type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** `agree<Interface, z.output<typeof schema>>()` compiles only when both have the same fields, each as optional as in the other. */
export function agree<A, B>(..._proof: Same<A, B> extends true ? [] : [disagree: { interface: A; schema: B }]): void {}
