/** msgpackr has no types for its no-eval build, which is the same API without `new Function`. */
declare module 'msgpackr/index-no-eval' {
  export { Packr } from 'msgpackr';
}
