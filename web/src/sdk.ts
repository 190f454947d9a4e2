// `/sdk.js`: the client for people who write their own page. `import { connect } from '/sdk.js'`.
export * from '@cuehub/client';
