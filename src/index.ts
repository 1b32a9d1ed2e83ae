/** What programs may import from the package. */
export {
  loadEnsemble,
  type ByModel,
  type Classified,
  type ClassifyOptions,
  type Ensemble,
  type EnsembleOptions,
  type Routing,
} from './ensemble/load.js'
export type { RoutingRule } from './routing/rule.js'
export type { Rule } from './routing/rules.js'
export { PipelineError } from './core/error.js'
export { ImageError } from './io/image/image.js'
