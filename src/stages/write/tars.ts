import { canonicalJson, canonicalJsonPretty, type Json } from '../../core/json.js'
import { Random } from '../../core/random.js'
import { TarWriter } from '../../io/tar/write.js'
import type { Output } from '../define.js'
import type { RecordLog } from './record-log.js'
import { asOutOfCluster } from './sample-json.js'
import { TarStatistics } from './tar-statistics.js'
import { isOoc, numberOf, type TrainingSet } from './training-sets.js'

export interface TarPlan {
  /** Folder in the artefact: `expert-00`, `holdout`. */
  readonly folder: string
  readonly first_number: number
  readonly shard_bytes: number
  readonly min_tars: number
  readonly seed: number
}

/** Headers and padding of three members. */
const overhead = 3 * (512 + 256)

/** Writes one set as tars of equal counts in shuffled order, and beside them `sizes.json`: file → samples, as open_clip reads it, then `own` and `ooc`. */
export async function writeTars(set: TrainingSet, { folder, first_number, shard_bytes, min_tars, seed }: TarPlan, log: RecordLog, out: Output, signal: AbortSignal): Promise<void> {
  const order = new Random('order', seed, folder, first_number).shuffle(set.order())
  const bytes = order.reduce((sum, entry) => sum + log.size(numberOf(entry)) + overhead, 0)
  const tars = Math.min(order.length, Math.max(Math.round(bytes / shard_bytes), min_tars, 1))
  const sizes: { [name: string]: number } = {}
  const statistics: { [name: string]: Json } = {}
  for (let tar = 0; tar < tars; tar++) {
    signal.throwIfAborted()
    const part = order.subarray(Math.round((tar * order.length) / tars), Math.round(((tar + 1) * order.length) / tars))
    const name = `${String(first_number + tar).padStart(5, '0')}.tar`
    const file = await out.create(`${folder}/${name}`)
    const writer = new TarWriter(file)
    const counted = new TarStatistics()
    for (const entry of part) {
      const { key, image, extension, caption, json } = log.read(numberOf(entry))
      counted.add(extension, image.byteLength, caption.byteLength, isOoc(entry))
      await writer.add(`${key}.${extension}`, image)
      await writer.add(`${key}.txt`, caption)
      await writer.add(`${key}.json`, isOoc(entry) ? asOutOfCluster(json) : json)
    }
    await writer.end()
    await file.close(part.length)
    sizes[name] = part.length
    statistics[name] = counted.summary()
  }
  await out.put(`${folder}/sizes.json`, `${canonicalJson({ ...sizes, own: set.own, ooc: set.ooc })}\n`)
  await out.put(`${folder}/statistics.json`, `${canonicalJsonPretty(statistics)}\n`)
}
