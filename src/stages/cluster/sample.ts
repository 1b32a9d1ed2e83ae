import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { rowKey, unitOfRow } from '../../core/random.js'
import { openNpy } from '../../io/npy.js'
import { decodeInvalid } from '../../io/tables/invalid.js'
import { decodeSamples } from '../../io/tables/samples.js'
import type { Artefact, TaskContext } from '../define.js'

/** The rows that clusters are made from, in the order of a seeded hash of their identity. */
export interface Sample {
  /** [rows, width], unit length. */
  readonly vectors: Float32Array
  readonly rows: number
  readonly width: number
  /** Captions of the first rows; all of them where they are few. */
  readonly captions: readonly string[]
  /** Rows in the artefacts, and those left out by reason. */
  readonly total: number
  readonly dropped: { readonly [reason: string]: number }
}

/** Consecutive rows that are read in one go where not everything is read: about 1.5 MB. */
const blockRows = 1024
/** Captions kept for the quality figures. */
const captionRows = 50000

interface Pair {
  readonly vectors: Artefact
  readonly samples: Artefact
  /** First row in the shard and identity of the shard: the name of every row. */
  readonly shard: string
}

interface Block {
  readonly pair: Pair
  readonly start: number
  readonly end: number
}

/** Rows of one block that take part: their offset in it, and their place in the sample once it is known. */
interface Chosen {
  readonly block: Block
  readonly offset: Uint32Array
  readonly hash: Float64Array
  readonly place: Uint32Array
}

/**
 * Reads at most `sample_rows` vectors: everything, or blocks drawn by hash of (seed, shard, block). Hold-out rows and rows without a valid vector
 * do not take part. What is read and its order depend on identities and seed alone: not on the order of shards, nor on how they are grouped.
 */
export async function readSample(
  takes: { readonly vectors: readonly Artefact[]; readonly samples: readonly Artefact[] },
  options: { readonly sample_rows: number; readonly seed: number },
  context: Pick<TaskContext<unknown>, 'signal' | 'progress'>,
): Promise<Sample> {
  const pairs = pairUp(takes.vectors, takes.samples)
  const total = pairs.reduce((sum, pair) => sum + pair.vectors.rows_out, 0)
  const blocks = drawBlocks(pairs, total, options)
  const dropped = { holdout: 0, vector_invalid: 0, not_sampled: total - rowsOf(blocks) }

  const chosen: Chosen[] = []
  const captions: { hash: number; text: string }[] = []
  const captionBelow = Math.min(1, captionRows / Math.max(1, Math.min(total, options.sample_rows)))
  for (const group of byPair(blocks)) {
    context.signal.throwIfAborted()
    await chooseRows(group)
  }
  const rows = orderRows(chosen)
  const sample = await readVectors(chosen, rows, context)
  captions.sort((a, b) => a.hash - b.hash)
  return { ...sample, captions: captions.slice(0, sample.rows).map((caption) => caption.text), total, dropped }

  async function chooseRows(group: readonly Block[]): Promise<void> {
    const { pair } = group[0]!
    const source = await pair.samples.open('samples.arrow')
    const samples = decodeSamples(await source.read(0, source.size))
    const invalid = await invalidRows(pair.vectors)
    const key = rowKey(options.seed, 'row', pair.shard)
    for (const block of group) {
      const offsets: number[] = []
      const hashes: number[] = []
      for (let at = block.start; at < block.end; at++) {
        if (samples.holdout[at]) dropped.holdout++
        else if (invalid.has(at)) dropped.vector_invalid++
        else {
          const row = samples.row[at]!
          // A source row that became several samples: each gets its own hash.
          let salt = 0
          while (at - salt > 0 && samples.row[at - salt - 1] === row) salt++
          const hash = unitOfRow(key, row, salt)
          offsets.push(at - block.start)
          hashes.push(hash)
          if (hash < captionBelow) captions.push({ hash, text: samples.caption[at]! })
        }
      }
      chosen.push({ block, offset: Uint32Array.from(offsets), hash: Float64Array.from(hashes), place: new Uint32Array(offsets.length) })
    }
  }
}

function pairUp(vectors: readonly Artefact[], samples: readonly Artefact[]): Pair[] {
  const bySplit = new Map(samples.map((artefact) => [splitOf(artefact).id, artefact]))
  const pairs = vectors.map((artefact) => {
    const split = splitOf(artefact)
    const partner = bySplit.get(split.id)
    if (!partner) {
      throw new PipelineError({
        code: 'E_SPLIT_MISSING',
        message: 'vectors without their samples',
        place: `${artefact.stage}/${artefact.key}`,
        hint: 'run again: the plan and the store disagree',
      })
    }
    return { vectors: artefact, samples: partner, shard: split.shard.id, id: split.id }
  })
  return pairs.sort((a, b) => byCodeUnit(a.id, b.id))
}

function splitOf(artefact: Artefact) {
  const split = artefact.splits[0]
  if (!split) {
    throw new PipelineError({ code: 'E_SPLIT_MISSING', message: 'an artefact that belongs to no split', place: `${artefact.stage}/${artefact.key}` })
  }
  return split
}

/** In split order, whatever their hash, so that reading is sequential. */
function drawBlocks(pairs: readonly Pair[], total: number, options: { sample_rows: number; seed: number }): Block[] {
  const blocks: (Block & { hash: number; at: number })[] = []
  for (const pair of pairs) {
    const first = splitOf(pair.vectors).row_start
    const key = rowKey(options.seed, 'block', pair.shard)
    for (let start = 0; start < pair.vectors.rows_out; start += blockRows) {
      const end = Math.min(start + blockRows, pair.vectors.rows_out)
      blocks.push({ pair, start, end, hash: unitOfRow(key, first + start), at: blocks.length })
    }
  }
  if (total <= options.sample_rows) return blocks
  const drawn: typeof blocks = []
  let room = options.sample_rows
  for (const block of blocks.toSorted((a, b) => a.hash - b.hash || a.at - b.at)) {
    if (room === 0) break
    const end = Math.min(block.end, block.start + room)
    drawn.push({ ...block, end })
    room -= end - block.start
  }
  return drawn.sort((a, b) => a.at - b.at)
}

function rowsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + block.end - block.start, 0)
}

function byPair(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = []
  for (const block of blocks) {
    const last = groups.at(-1)
    if (last && last[0]!.pair === block.pair) last.push(block)
    else groups.push([block])
  }
  return groups
}

async function invalidRows(vectors: Artefact): Promise<Set<number>> {
  const source = await vectors.open('invalid.arrow')
  return new Set(decodeInvalid(await source.read(0, source.size)).index)
}

/** Gives every chosen row its place in hash order; returns how many there are. */
function orderRows(chosen: readonly Chosen[]): number {
  const rows = chosen.reduce((sum, { hash }) => sum + hash.length, 0)
  const hash = new Float64Array(rows)
  let filled = 0
  for (const part of chosen) {
    hash.set(part.hash, filled)
    filled += part.hash.length
  }
  const order = new Uint32Array(rows).map((_, i) => i).sort((a, b) => hash[a]! - hash[b]! || a - b)
  const place = new Uint32Array(rows)
  for (let at = 0; at < rows; at++) place[order[at]!] = at
  filled = 0
  for (const part of chosen) {
    part.place.set(place.subarray(filled, filled + part.place.length))
    filled += part.place.length
  }
  return rows
}

async function readVectors(chosen: readonly Chosen[], rows: number, context: Pick<TaskContext<unknown>, 'signal' | 'progress'>) {
  let vectors = new Float32Array(0)
  let width = 0
  let open: { artefact: Artefact; npy: Awaited<ReturnType<typeof openNpy>> } | undefined
  let done = 0
  for (const { block, offset, place } of chosen) {
    context.signal.throwIfAborted()
    if (offset.length === 0) continue
    const artefact = block.pair.vectors
    if (open?.artefact !== artefact) open = { artefact, npy: await openNpy(await artefact.open('vectors.npy')) }
    const found = open.npy.shape[1] ?? 0
    if (width === 0) {
      width = found
      vectors = new Float32Array(rows * width)
    }
    if (found !== width) throw otherWidth(artefact, width, found)
    const read = await open.npy.readRows(block.start, block.end)
    for (let i = 0; i < offset.length; i++) {
      const row = read.subarray(offset[i]! * width, (offset[i]! + 1) * width)
      checkUnit(row, artefact, block.start + offset[i]!)
      vectors.set(row, place[i]! * width)
    }
    done += offset.length
    context.progress(done, rows)
  }
  return { vectors, rows, width }
}

function checkUnit(row: Float32Array, artefact: Artefact, index: number): void {
  let norm = 0
  for (const value of row) norm += value * value
  if (norm > 0.98 && norm < 1.02) return
  throw new PipelineError({
    code: 'E_VECTOR_NOT_UNIT',
    message: 'a vector that is neither of unit length nor marked invalid',
    place: `${artefact.stage}/${artefact.key}/vectors.npy, row ${index}`,
    expected: 'length 1',
    found: `length ${Math.sqrt(norm)}`,
    hint: 'the stage that made the vectors must normalise them and list the rows that it could not',
  })
}

function otherWidth(artefact: Artefact, expected: number, found: number): PipelineError {
  return new PipelineError({
    code: 'E_VECTOR_WIDTH',
    message: 'vectors of different widths cannot be clustered together',
    place: `${artefact.stage}/${artefact.key}/vectors.npy`,
    expected: String(expected),
    found: String(found),
    hint: 'embed all shards with the same encoder',
  })
}
