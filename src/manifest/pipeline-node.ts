import type { StageLike } from './stage-like.js'
import type { Located } from './yaml/located.js'

export interface PipelineNode {
  readonly name: string
  readonly stage: string
  /** Port → name of the node that makes it. */
  readonly takes: { readonly [port: string]: string }
}

/** A node whose stage is known, with the place of its options for the manifest to build on. */
export interface OpenNode extends PipelineNode {
  readonly declaration: StageLike
  readonly defaults: Located | undefined
}
