import type { SampleSurvey } from '../../artefacts/fit-parts.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { rowKey, unitOfRow } from '../../core/random.js'
import { readWhole } from '../../io/read-whole.js'
import { decodeInvalid } from '../../io/tables/invalid.js'
import { decodeSamples } from '../../io/tables/samples.js'
import type { Artefact, TaskSurroundings } from '../define.js'
import { collectVectors, type ChosenRows } from './sample-vectors.js'
import type { SamplePoints } from './sample-points.js'

/** The rows that clusters are made from, in the order of a seeded hash of their identity. */
export interface Sample {
  /** Unit vectors; in memory, or on scratch if there are many. */
  readonly points: SamplePoints
  readonly rows: number
  readonly width: number
  /** Captions of the first rows; all of them if there are few. */
  readonly captions: readonly string[]
  /** Rows in the artefacts, and those left out by reason. */
  readonly total: number
  readonly dropped: { readonly [reason: string]: number }
}

/** Consecutive rows read at once if not everything is read: about 1.5 MB. */
const blockRows = 1024
/** Larger samples go to scratch, so that memory does not grow with them. */
const maxMemoryBytes = 2 ** 30
/** Number of captions kept for the quality figures. */
const captionRows = 50000

interface Pair {
  readonly vectors: Artefact
  readonly samples: Artefact
  /** First row in the shard and identity of the shard: together they identify every row. */
  readonly shard: string
  /** Id of the split. */
  readonly id: string
}

interface Block {
  readonly pair: Pair
  readonly start: number
  readonly end: number
}

type Takes = { readonly vectors: readonly Artefact[]; readonly samples: readonly Artefact[] }

export interface SampleOptions {
  readonly sample_rows: number
  readonly seed: number
}

/** The part of the sample that is in some of the splits. */
export interface SamplePart extends Omit<Sample, 'captions'> {
  readonly captions: readonly { readonly hash: number; readonly text: string }[]
  /** Hashes of the points, in their order, if requested. */
  readonly hashes: () => Float64Array
}

/**
 * Reads at most `sample_rows` vectors: everything, or blocks drawn by hash of (seed, shard, block). Hold-out
 * rows and rows without a valid vector are excluded. What is read, and in which order, depends only on
 * identities and the seed: not on the order or grouping of shards.
 */
export async function readSample(
  takes: Takes,
  options: SampleOptions,
  context: Pick<TaskSurroundings, 'signal' | 'progress' | 'scratch'>,
  memoryBytes?: number,
): Promise<Sample> {
  const part = await readPart(
    takes,
    surveySample(takes, options),
    { ...options, below: 1 },
    context,
    memoryBytes,
  )
  return { ...part, captions: captionsOf(part) }
}

/** Captions of the first rows, in the order of the rows. */
export function captionsOf({ captions, rows }: Pick<SamplePart, 'captions' | 'rows'>): readonly string[] {
  return captions
    .toSorted((a, b) => a.hash - b.hash)
    .slice(0, rows)
    .map(({ text }) => text)
}

/** Reads the part of the sample in these splits, but only vectors of rows with a hash below `below`. */
export async function readPart(
  takes: Takes,
  survey: SampleSurvey,
  options: { readonly seed: number; readonly below: number; readonly keep_hashes?: boolean },
  context: Pick<TaskSurroundings, 'signal' | 'progress' | 'scratch'>,
  memoryBytes = maxMemoryBytes,
): Promise<SamplePart> {
  const pairs = pairUp(takes.vectors, takes.samples)
  const total = pairs.reduce((sum, pair) => sum + pair.vectors.rows_out, 0)
  const blocks = blocksOf(pairs, options.seed).filter(
    ({ hash, pair, start }) =>
      !survey.cut || hash < survey.cut.hash || (pair.id === survey.cut.split && start === survey.cut.start),
  )
  if (survey.cut)
    for (const [at, block] of blocks.entries())
      if (block.hash >= survey.cut.hash) blocks[at] = { ...block, end: survey.cut.end }
  const dropped = { holdout: 0, vector_invalid: 0, not_sampled: total - rowsOf(blocks) }
  const captions: { hash: number; text: string }[] = []
  const hashes: Float64Array[] = []
  const points = await collectVectors(
    chooseAll(),
    Math.ceil(rowsOf(blocks) * Math.min(1, options.below)),
    context,
    memoryBytes,
  )
  return {
    points,
    rows: points.rows,
    width: points.width,
    captions,
    hashes: () => Float64Array.from(hashes.flatMap((each) => [...each])).sort(),
    total,
    dropped,
  }

  async function* chooseAll(): AsyncGenerator<ChosenRows> {
    for (const group of byPair(blocks)) {
      context.signal.throwIfAborted()
      yield* await chooseRows(group)
    }
  }

  async function chooseRows(group: readonly Block[]): Promise<ChosenRows[]> {
    const chosen: ChosenRows[] = []
    const { pair } = group[0]!
    const source = await pair.samples.open('samples.arrow')
    const samples = decodeSamples(await readWhole(source))
    const invalid = await invalidRows(pair.vectors)
    const key = rowKey(options.seed, 'row', pair.shard)
    for (const block of group) {
      const offsets: number[] = []
      const found: number[] = []
      for (let at = block.start; at < block.end; at++) {
        if (samples.holdout[at]) dropped.holdout++
        else if (invalid.has(at)) dropped.vector_invalid++
        else {
          const row = samples.row[at]!
          // If a source row became several samples, each gets its own hash.
          let salt = 0
          while (at - salt > 0 && samples.row[at - salt - 1] === row) salt++
          const hash = unitOfRow(key, row, salt)
          if (hash < survey.caption_below) captions.push({ hash, text: samples.caption[at]! })
          if (hash >= options.below) continue
          offsets.push(at - block.start)
          found.push(hash)
        }
      }
      const hash = Float64Array.from(found)
      if (options.keep_hashes) hashes.push(hash)
      chosen.push({
        vectors: pair.vectors,
        start: block.start,
        end: block.end,
        offset: Uint32Array.from(offsets),
        hash,
      })
    }
    return chosen
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
        message: 'vectors have no matching samples',
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
    throw new PipelineError({
      code: 'E_SPLIT_MISSING',
      message: 'an artefact does not belong to a split',
      place: `${artefact.stage}/${artefact.key}`,
    })
  }
  return split
}

/** Draws the blocks with the lowest hashes, until there are `sample_rows`. */
export function surveySample(takes: Takes, { sample_rows, seed }: SampleOptions): SampleSurvey {
  const blocks = blocksOf(pairUp(takes.vectors, takes.samples), seed)
  const total = rowsOf(blocks)
  const caption_below = Math.min(1, captionRows / Math.max(1, Math.min(total, sample_rows)))
  if (total <= sample_rows) return { total, cut: null, caption_below }
  let room = sample_rows
  for (const { hash, pair, start, end } of blocks.sort((a, b) => a.hash - b.hash || a.at - b.at)) {
    if (room <= end - start)
      return { total, cut: { hash, split: pair.id, start, end: start + room }, caption_below }
    room -= end - start
  }
  throw new RangeError('fewer rows than were counted')
}

/** In split order, not hash order, so that reading is sequential. */
function blocksOf(
  pairs: readonly Pair[],
  seed: number,
): (Block & { readonly hash: number; readonly at: number })[] {
  const blocks: (Block & { hash: number; at: number })[] = []
  for (const pair of pairs) {
    const first = splitOf(pair.vectors).row_start
    const key = rowKey(seed, 'block', pair.shard)
    for (let start = 0; start < pair.vectors.rows_out; start += blockRows) {
      const end = Math.min(start + blockRows, pair.vectors.rows_out)
      blocks.push({ pair, start, end, hash: unitOfRow(key, first + start), at: blocks.length })
    }
  }
  return blocks
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
  return new Set(decodeInvalid(await readWhole(source)).index)
}
