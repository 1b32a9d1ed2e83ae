import { PipelineError } from '../../core/error.js'
import { openNpy } from '../../io/npy.js'
import { memoryPoints } from '../../math/points.js'
import type { Artefact, TaskSurroundings } from '../define.js'
import { RowSpool } from './row-spool.js'
import type { SamplePoints } from './sample-points.js'

/**
 * Rows chosen from a block of consecutive rows: their offsets in the block, and the hashes that order them.
 */
export interface ChosenRows {
  readonly vectors: Artefact
  readonly start: number
  readonly end: number
  readonly offset: Uint32Array
  readonly hash: Float64Array
}

type Context = Pick<TaskSurroundings, 'signal' | 'progress' | 'scratch'>

/**
 * The vectors of the chosen rows in the order of their hashes, ties in the order of choice; at most `rows`.
 * Kept on scratch if they would take more than `memoryBytes`.
 */
export async function collectVectors(
  chosen: AsyncIterable<ChosenRows>,
  rows: number,
  context: Context,
  memoryBytes: number,
): Promise<SamplePoints> {
  const reader = new BlockReader(context)
  const kept: ChosenRows[] = []
  let spool: RowSpool | undefined
  for await (const part of chosen) {
    if (part.offset.length === 0) continue
    if (!spool && kept.length === 0 && rows * (await reader.widthOf(part)) * 4 > memoryBytes)
      spool = new RowSpool(context.scratch, await reader.widthOf(part), rows)
    if (spool) spool.add(part.hash, await reader.read(part), part.offset)
    else kept.push(part)
  }
  return spool ? spool.finish() : inMemory(kept, reader)
}

async function inMemory(chosen: readonly ChosenRows[], reader: BlockReader): Promise<SamplePoints> {
  const position = positionsOf(chosen)
  const width = chosen[0] ? await reader.widthOf(chosen[0]) : 0
  // Shared, so that threads read the points without a copy.
  const vectors = new Float32Array(new SharedArrayBuffer(4 * position.length * width))
  let at = 0
  for (const part of chosen) {
    const block = await reader.read(part)
    for (const offset of part.offset)
      vectors.set(block.subarray(offset * width, (offset + 1) * width), position[at++]! * width)
  }
  return { ...memoryPoints(vectors, width), rows: position.length, close() {} }
}

/** Position of every chosen row in hash order. */
function positionsOf(chosen: readonly ChosenRows[]): Uint32Array {
  const rows = chosen.reduce((sum, { hash }) => sum + hash.length, 0)
  const hash = new Float64Array(rows)
  let filled = 0
  for (const part of chosen) {
    hash.set(part.hash, filled)
    filled += part.hash.length
  }
  const order = new Uint32Array(rows).map((_, i) => i).sort((a, b) => hash[a]! - hash[b]! || a - b)
  const position = new Uint32Array(rows)
  for (let at = 0; at < rows; at++) position[order[at]!] = at
  return position
}

/**
 * Reads blocks of consecutive vectors and checks them; the file of the last block stays open for the next.
 */
class BlockReader {
  private readonly context: Context
  private open: { artefact: Artefact; npy: Awaited<ReturnType<typeof openNpy>> } | undefined
  private width = 0
  private done = 0

  constructor(context: Context) {
    this.context = context
  }

  async widthOf({ vectors: artefact }: ChosenRows): Promise<number> {
    if (this.open?.artefact !== artefact)
      this.open = { artefact, npy: await openNpy(await artefact.open('vectors.npy')) }
    const found = this.open.npy.shape[1] ?? 0
    this.width ||= found
    if (found !== this.width) throw otherWidth(artefact, this.width, found)
    return found
  }

  async read(part: ChosenRows): Promise<Float32Array> {
    this.context.signal.throwIfAborted()
    const width = await this.widthOf(part)
    const block = await this.open!.npy.readRows(part.start, part.end)
    for (const offset of part.offset)
      checkUnit(block.subarray(offset * width, (offset + 1) * width), part.vectors, part.start + offset)
    this.done += part.offset.length
    this.context.progress(this.done)
    return block
  }
}

function checkUnit(row: Float32Array, artefact: Artefact, index: number): void {
  let norm = 0
  for (const value of row) norm += value * value
  if (norm > 0.98 && norm < 1.02) return
  throw new PipelineError({
    code: 'E_VECTOR_NOT_UNIT',
    message: 'a vector is neither of unit length nor marked invalid',
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
