import { PipelineError } from '../../core/error.js'
import type { ShardReading } from '../../core/shard-reading.js'

/** Refuses a partition that is also a column or JSON member of the shard. */
export function refuseClash(
  { partitions = {} }: ShardReading,
  columns: (name: string) => boolean,
  place: string,
): void {
  const clash = Object.keys(partitions).find(columns)
  if (clash !== undefined)
    throw new PipelineError({
      code: 'E_PARTITION_CLASH',
      failure: 'manifest',
      message: `the folder ${clash}=… adds a column ${clash}, and the shard has one already`,
      place,
      hint: `leave ${clash} out of ingest.metadata, or rename the folders`,
    })
}

/** What a footer tells about a shard before its rows are read. */
export type ShardOutline = {
  /** Rows of each group that can be read by itself. */
  readonly row_groups: readonly number[]
  readonly columns: readonly string[]
  /** Rows with an image of their own; `none` if they have only URLs. */
  readonly images: 'all' | 'some' | 'none'
  /** Whether it has the columns that img2dataset writes: `status` only, or `error_message` too. */
  readonly img2dataset: 'no' | 'status' | 'errors'
  readonly image_column: boolean
  /** Why its rows cannot be read: a column is missing, or has the wrong type. */
  readonly trouble?: OutlineTrouble | undefined
}

export type OutlineTrouble = {
  readonly code: string
  readonly message: string
  readonly expected?: string | undefined
  readonly found?: string | undefined
  readonly hint?: string | undefined
}

/** The options that name columns. */
export interface ImageFields {
  readonly caption_field?: string | undefined
  readonly image_field?: string | undefined
  readonly url_field?: string | undefined
}
