/** msgpackr has no types for its no-eval reader, which is the same API without `new Function`. */
declare module 'msgpackr/unpack-no-eval' {
  export { Unpackr } from 'msgpackr';
}
