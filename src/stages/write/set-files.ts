import { canonicalJson, canonicalJsonPretty, type Json } from '../../core/json.js'
import { Random } from '../../core/random.js'
import type { Output, OutputFile } from '../define.js'
import type { SampleJournal, SampleRecord } from './sample-journal.js'
import { orderSamples, type OrderOptions } from './sample-order.js'
import { asOutOfCluster } from './sample-json.js'
import { ShardStatistics } from './shard-statistics.js'
import { isOoc, numberOf, type OutputSet } from './output-sets.js'

export interface SetLayout extends OrderOptions {
  /** Folder in the artefact: `expert-00`, `holdout`. */
  readonly folder: string
  readonly firstFileNumber: number
  readonly shard_bytes: number
  /** Files come in multiples of this, so that every loader of the trainer reads the same number. */
  readonly loaders: number
  readonly seed: number
}

/** One shard being written. */
export interface ShardWriter {
  add(sample: SampleRecord, ooc: boolean): Promise<void>
  end(): Promise<void>
}

export interface ShardFormat {
  readonly extension: 'tar' | 'parquet'
  /** Extra bytes per sample in this format. */
  readonly overhead: number
  open(file: OutputFile): Promise<ShardWriter>
}

export interface SetRequest {
  readonly set: OutputSet
  readonly format: ShardFormat
  readonly layout: SetLayout
  /** Holds the samples of the set. */
  readonly journal: SampleJournal
  readonly out: Output
  readonly signal: AbortSignal
}

/**
 * Writes one set as shards of equal counts in shuffled order, and `sizes.json` next to them: file → samples,
 * as open_clip reads it, then `own` and `ooc`. Returns the extensions of its images.
 */
export async function writeSet({
  set,
  format,
  layout,
  journal,
  out,
  signal,
}: SetRequest): Promise<readonly string[]> {
  const { folder, firstFileNumber, seed } = layout
  const random = new Random('order', seed, folder, firstFileNumber)
  const order = orderSamples(
    random.shuffle(set.order()),
    (entry) => journal.clusterOf(numberOf(entry)),
    layout,
    random,
  )
  const bytes = order.reduce((sum, entry) => sum + journal.size(numberOf(entry)) + format.overhead, 0)
  const shards = shardCount(bytes, order.length, layout)
  const sizes: { [name: string]: number } = {}
  const statistics: { [name: string]: Json } = {}
  const formats = new Set<string>()
  for (let shard = 0; shard < shards; shard++) {
    signal.throwIfAborted()
    const part = order.subarray(
      Math.round((shard * order.length) / shards),
      Math.round(((shard + 1) * order.length) / shards),
    )
    const name = `${String(firstFileNumber + shard).padStart(5, '0')}.${format.extension}`
    const file = await out.create(`${folder}/${name}`)
    const writer = await format.open(file)
    const counted = new ShardStatistics()
    for (const entry of part) {
      const sample = journal.read(numberOf(entry))
      counted.add(sample.extension, sample.image.byteLength, sample.caption.byteLength, isOoc(entry))
      await writer.add(isOoc(entry) ? { ...sample, json: asOutOfCluster(sample.json) } : sample, isOoc(entry))
    }
    await writer.end()
    await file.close(part.length)
    sizes[name] = part.length
    statistics[name] = counted.summary()
    for (const extension of counted.formats.keys()) formats.add(extension)
  }
  await out.put(`${folder}/sizes.json`, `${canonicalJson({ ...sizes, own: set.own, ooc: set.ooc })}\n`)
  await out.put(`${folder}/statistics.json`, `${canonicalJsonPretty(statistics)}\n`)
  return [...formats].sort()
}

/** Number of shards: near the target size, a multiple of `loaders`, and at most the number of samples. */
export function shardCount(
  bytes: number,
  samples: number,
  { shard_bytes, loaders }: Pick<SetLayout, 'shard_bytes' | 'loaders'>,
): number {
  return Math.min(samples, loaders * Math.max(1, Math.round(bytes / (shard_bytes * loaders))))
}
