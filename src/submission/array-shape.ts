import type { Json } from '../core/json.js'
import {
  anyJson,
  flag,
  list,
  map,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Shape,
  text,
} from '../core/shape.js'
import type { ShardReading } from '../core/shard-reading.js'
import { compressionNames } from '../io/compressed/compression.js'
import { formatNames } from '../io/crawl/formats.js'
import { settingsShape } from '../io/store/settings.js'
import type { Entry } from '../planner/fingerprint.js'
import type { InputRef, RunTask, Task } from '../planner/types.js'
import { logLevels } from '../runner/stderr-logger.js'
import type { RunSetup } from '../runner/storage.js'
import type { Estimate, InputShard, Split } from '../stages/define.js'

const setup: Shape<RunSetup> = object({
  store: text,
  upstream: optional(object({ store: text, stages: list(text) })),
  settings: optional(settingsShape),
  discard: optional(flag),
  scratch: optional(text),
  log_level: oneOf(...logLevels),
  plugins: optional(list(text)),
})

/**
 * What the elements of an array share: everything that `coterie task --array` needs, except for the tasks
 * of its element.
 */
export interface ArrayFile {
  readonly format: 1
  readonly manifest: string
  readonly name: string
  readonly setup: RunSetup
  readonly size: number
  /** How long an element waits for the records of its inputs. */
  readonly input_wait_seconds: number
  /** Members of `Task` that are equal in all tasks of the array. */
  readonly shared: { readonly [member: string]: Json }
}

export const arrayFile: Shape<ArrayFile> = object({
  format: oneOf(1),
  manifest: text,
  name: text,
  setup,
  size: number,
  input_wait_seconds: number,
  shared: map(anyJson),
})

/** What names a task. */
export const taskRef: Shape<RunTask> = object({ node: text, stage: text, key: text, fingerprint: text })

const ref: Shape<InputRef> = object({ stage: text, key: text, fingerprint: text, kind: text })
const entries: Shape<readonly Entry[]> = list(object({ name: text, value: anyJson }))

const shard: Shape<InputShard> = object({
  id: text,
  uri: text,
  format: oneOf(...formatNames),
  size: number,
  identity: text,
  rows: optional(number),
  generation: optional(number),
  reading: optional(
    object<ShardReading>({
      partitions: optional(map(nullable(text))),
      img2dataset: optional(oneOf('parquet', 'without_tar')),
      compression: optional(oneOf(...compressionNames)),
      take: optional(oneOf('images', 'urls')),
    }),
  ),
})

const split: Shape<Split> = object({ id: text, shard, row_start: number, row_end: optional(number) })

const estimate: Shape<Estimate> = object({
  seconds: number,
  bytes: number,
  memory_bytes: number,
  gpus: optional(number),
  nodes: optional(number),
  training: optional(object({ samples: number, steps: number, gpu_hours: number })),
  warnings: optional(list(text)),
})

export const taskShape: Shape<Task> = object({
  stage: text,
  key: text,
  fingerprint: text,
  kind: text,
  node: text,
  version: number,
  options: anyJson,
  params: anyJson,
  facts: map(anyJson),
  evaluation: map(anyJson),
  shared_entries: entries,
  own_entries: entries,
  splits: list(split),
  takes: map(list(ref)),
  after: list(ref),
  exclusive: flag,
  internal: optional(flag),
  adopted: optional(flag),
  nondeterministic: optional(flag),
  names_inputs: optional(list(text)),
  named_by_path: optional(flag),
  estimate,
})
