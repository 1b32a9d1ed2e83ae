import type { InputFormat } from '../io/crawl/formats.js'
import type { Json } from '../core/json.js'
import type { Pipeline } from './pipeline.js'

/** One run of a pipeline, checked, with defaults applied and paths resolved. Plain data. */
export interface Manifest {
  /** Absolute path of the file. */
  readonly path: string
  /** Folder of the file: the base of its relative paths. */
  readonly folder: string
  readonly name: string
  readonly pipeline: Pipeline
  readonly input: {
    readonly uri: string | readonly string[]
    readonly format: InputFormat | 'auto'
    readonly rows_per_split: number
  }
  /** Also in the options of every ingest node. */
  readonly holdout: Json | undefined
  readonly evaluation: { readonly [name: string]: { readonly [member: string]: Json } }
  readonly store: string
  readonly profile: string | undefined
  /** Options by node. */
  readonly stages: { readonly [node: string]: { readonly [option: string]: Json } }
}
