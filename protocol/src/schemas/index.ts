/** The zod half of the protocol: schemas, parsing, JSON Schemas. Not for browsers' bundles: the main entry has the types. */
export { type AsyncApiInfo, asyncApiDocument } from './async-api.js';
export { type ClientMessageSchemas, clientMessage, clientMessageSchemas } from './client-schemas.js';
export { errorCode, eventMessage, grants, hubMessage, hubMessageSchemas, issue } from './hub-schemas.js';
export { type JsonSchema, type JsonSchemas, jsonSchemas } from './json-schemas.js';
export {
  type ParsedMessage,
  type ParsedTask,
  type ParseFailure,
  parseClientMessage,
  parseTaskSubmission,
  parseWith,
} from './parse.js';
export { replySchemas } from './reply-schemas.js';
export {
  clientView,
  currentTask,
  laneSnapshot,
  laneStateView,
  laneStatus,
  taskSubmissionSchema,
  taskView,
} from './task-schemas.js';
