/** What programs may import from the package. */
export { loadEnsemble } from './ensemble/load.js'
export type {
  ByModel,
  Classified,
  ClassifyOptions,
  Ensemble,
  EnsembleOptions,
  Routing,
} from './ensemble/ensemble.js'
export type { RoutingRule } from './routing/rule.js'
export type { Rule } from './routing/rules.js'
export { exitCode, PipelineError, type Failure, type PipelineErrorParts } from './core/error.js'
export { ImageError } from './io/image/image.js'
