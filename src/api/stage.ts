/**
 * `coterie/stage`, for plugins. The default export of a plugin is the result of `definePlugin`; see
 * docs/guides/plugins.md.
 */
export { PipelineError, type PipelineErrorParts } from '../core/error.js'
export {
  choice,
  either,
  type Field,
  type Fields,
  flag,
  group,
  int,
  list,
  map,
  nullable,
  num,
  optional,
  type OptionsOf,
  text,
} from '../core/field.js'
export type { Json } from '../core/json.js'
export { rowKey, unitOfRow } from '../core/random.js'
export type { ByteSource } from '../io/source.js'
export type { Assignments as AssignmentRows } from '../io/tables/assignments.js'
export type { Samples as SampleRows } from '../io/tables/samples.js'
export type { Embedding, Encoder, EncoderOptions } from '../math/encoder/encoder.js'
export { definePlugin, type Plugin, type PluginEncoder } from '../plugins/plugin.js'
export type { CentreDistances } from '../routing/distances.js'
export { defineRule, type RoutingRule, type Scale, type Weighed } from '../routing/rule.js'
export type { JobEnvironment, SchedulerRequest, SchedulerRow } from '../schedulers/row.js'
export type {
  ArrayJob,
  Cause,
  ElementState,
  JobDependency,
  Resources,
  Scheduler,
  SchedulerLimits,
  SubmittedJob,
} from '../schedulers/scheduler.js'
export * from '../stages/define.js'
export * from '../stages/kinds.js'
export { bySplit, generationOf, newest, whole } from '../stages/partition.js'
export { readAssignments, readSamples, readVectors, writeAssignments } from './stage-tables.js'
