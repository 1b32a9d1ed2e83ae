import type { StageLike } from './stage-like.js'
import type { Located } from './yaml/located.js'

export interface PipelineNode {
  readonly name: string
  readonly stage: string
  /** For each port, the node that produces its input. */
  readonly takes: { readonly [port: string]: string }
}

/** A node whose stage is known, with its options: defaults for the manifest. */
export interface ResolvedNode extends PipelineNode {
  readonly declaration: StageLike
  readonly defaults: Located | undefined
}
