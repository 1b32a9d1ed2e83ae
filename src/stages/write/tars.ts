import { canonicalJson, type Json } from '../../core/json.js'
import { Random } from '../../core/random.js'
import { TarWriter } from '../../io/tar/write.js'
import type { Output } from '../define.js'
import type { Placed } from './destinations.js'
import type { SplitRows } from './group-rows.js'
import type { ImageLog } from './image-log.js'

/** Where each sample's image lies in the log; size 0: it has none. */
export interface LoggedImages {
  readonly log: ImageLog
  readonly offset: Float64Array
  readonly size: Float64Array
  readonly extension: readonly string[]
}

export interface SetToWrite {
  /** Folder in the artefact: `expert-00`, `holdout`. */
  readonly folder: string
  readonly members: readonly Placed[]
  readonly first_number: number
  readonly shard_bytes: number
  readonly min_tars: number
  readonly seed: number
}

export interface WrittenSet {
  readonly own: number
  readonly ooc: number
  readonly bytes: number
}

/** Writes one set as tars of equal counts in shuffled order, and its `sizes.json` as open_clip reads it, with own and OOC counts beside. */
export async function writeSet(set: SetToWrite, splits: readonly SplitRows[], images: readonly LoggedImages[], out: Output, signal: AbortSignal): Promise<WrittenSet> {
  const order = new Random('order', set.seed, set.folder, set.first_number).shuffle([...set.members])
  const bytes = order.reduce((sum, { split, index }) => sum + (images[split]?.size[index] ?? 0) + memberOverhead, 0)
  const tars = Math.min(order.length, Math.max(Math.round(bytes / set.shard_bytes), set.min_tars, 1))
  const sizes: { [name: string]: Json } = {}
  const buffer = Buffer.allocUnsafe(order.reduce((most, { split, index }) => Math.max(most, images[split]?.size[index] ?? 0), 1))
  for (let tar = 0; tar < tars; tar++) {
    signal.throwIfAborted()
    const part = order.slice(Math.round((tar * order.length) / tars), Math.round(((tar + 1) * order.length) / tars))
    const name = `${String(set.first_number + tar).padStart(6, '0')}.tar`
    const file = await out.create(`${set.folder}/${name}`)
    const writer = new TarWriter(file)
    for (const placed of part) await writeSample(writer, placed, splits[placed.split] as SplitRows, images[placed.split] as LoggedImages, buffer)
    await writer.end()
    await file.close(part.length)
    sizes[name] = part.length
  }
  const ooc = order.filter((placed) => placed.ooc).length
  const written = { own: order.length - ooc, ooc, bytes }
  if (tars > 0) await out.put(`${set.folder}/sizes.json`, `${canonicalJson({ ...sizes, own: written.own, ooc })}\n`)
  return written
}

/** Headers and padding of three members, with a caption and a short JSON. */
const memberOverhead = 3 * 512 + 3 * 512

async function writeSample(writer: TarWriter, { index, ooc }: Placed, { samples, assignments }: SplitRows, images: LoggedImages, buffer: Buffer): Promise<void> {
  const key = samples.key[index] as string
  await writer.add(`${key}.${images.extension[index]}`, images.log.read(images.offset[index] as number, images.size[index] as number, buffer))
  await writer.add(`${key}.txt`, encoder.encode(samples.caption[index]))
  await writer.add(`${key}.json`, encoder.encode(canonicalJson(sampleJson(samples, assignments, index, ooc))))
}

const encoder = new TextEncoder()

/** The fields of the crawl, with ours over them. */
export function sampleJson(samples: SplitRows['samples'], assignments: SplitRows['assignments'], index: number, ooc: boolean): { [name: string]: Json } {
  const metadata = samples.metadata[index]
  const captions = samples.captions[index]
  const url = samples.url[index]
  return {
    ...(metadata ? (JSON.parse(metadata) as { [name: string]: Json }) : {}),
    ...(captions ? { captions } : {}),
    ...(url ? { url } : {}),
    key: samples.key[index] as string,
    ...(assignments.reason[index] === null ? { fine: assignments.fine[index] as number, expert: assignments.expert[index] as number } : {}),
    ooc,
  }
}
