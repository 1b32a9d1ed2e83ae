import { concatenate } from '../../core/concatenate.js'
import { openNpy } from '../../io/npy.js'
import { nearDuplicates } from '../../math/duplicates/near-duplicates.js'
import { openGemm, type Gemm } from '../../math/gemm/gemm.js'
import type { Artefact } from '../define.js'
import { bytesOf, foundFiles, readFloats, readWords, sortedFiles } from './files.js'
import type { Options } from './options.js'
import type { Context } from './tasks.js'

/**
 * Finds the near-duplicates in a range of fine clusters and writes their rows, grouped by split and in split
 * order.
 */
export async function compareClusters(context: Context<'compare'>): Promise<void> {
  const {
    after: { sort: splits },
    params: { from, to },
    out,
    threads,
    signal,
    progress,
  } = context
  const offsets = await Promise.all(
    splits.map((split) => readWords(split, sortedFiles.offsets, from, to + 1)),
  )
  const found: number[][] = splits.map(() => [])
  const gemm = openGemm(threads)
  try {
    for (let cluster = from; cluster < to; cluster++) {
      signal.throwIfAborted()
      const pieces = offsets.map((offset) => [offset[cluster - from]!, offset[cluster - from + 1]!] as const)
      for (const { split, row } of await duplicatesOf(splits, pieces, context.options, gemm))
        found[split]!.push(row)
      progress(cluster - from + 1, to - from)
    }
  } finally {
    await gemm.close()
  }
  const ends = new Uint32Array(splits.length + 1)
  found.forEach((rows, split) => (ends[split + 1] = ends[split]! + rows.length))
  await out.put(foundFiles.offsets, bytesOf(ends))
  await out.put(
    foundFiles.rows,
    bytesOf(Uint32Array.from(found.flatMap((rows) => rows.sort((a, b) => a - b)))),
  )
  context.note('duplicates', ends[splits.length]!)
}

interface Member {
  readonly split: number
  readonly row: number
  readonly distance: number
  /** Position of the vector among those read. */
  readonly at: number
}

/**
 * Splits are in the order of their ids, which derive from identities; so ties are broken the same way
 * everywhere.
 */
async function duplicatesOf(
  splits: readonly Artefact[],
  pieces: readonly (readonly [number, number])[],
  { similarity, keep }: Options,
  gemm: Gemm,
): Promise<readonly Member[]> {
  const members: Member[] = []
  const vectors: Float32Array[] = []
  let width = 0
  for (const [split, [start, end]] of pieces.entries()) {
    if (start === end) continue
    const artefact = splits[split]!
    const rows = await readWords(artefact, sortedFiles.rows, start, end)
    const distances = await readFloats(artefact, sortedFiles.distances, start, end)
    const npy = await openNpy(await artefact.open(sortedFiles.vectors))
    width = npy.shape[1] ?? 0
    vectors.push(await npy.readRows(start, end))
    rows.forEach((row, at) => members.push({ split, row, distance: distances[at]!, at: members.length }))
  }
  const sign = keep === 'central' ? 1 : -1
  members.sort((a, b) => sign * (a.distance - b.distance) || a.at - b.at)
  const read = concatenate(Float32Array, vectors)
  const ordered = new Float32Array(members.length * width)
  members.forEach(({ at }, to) => ordered.set(read.subarray(at * width, (at + 1) * width), to * width))
  const duplicate = await nearDuplicates(ordered, members.length, width, similarity, gemm)
  return members.filter((_, at) => duplicate[at])
}
