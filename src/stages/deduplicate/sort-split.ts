import { encodeNpy, openNpy } from '../../io/npy.js'
import { readFileOf } from '../../io/read-whole.js'
import { decodeAssignments } from '../../io/tables/assignments.js'
import { fineOf } from '../facts.js'
import { bytesOf, sortedFiles } from './files.js'
import type { Context } from './tasks.js'

/** Sorts one split's vectors by fine cluster; rows without a vector are left out. */
export async function sortSplit({ takes, facts, out }: Context<'sort'>): Promise<void> {
  const assignments = await readFileOf(takes.assignments![0]!, 'assignments.arrow')
  const { length, fine, distance, reason } = decodeAssignments(assignments)
  const clusters = fineOf(facts)
  const offsets = new Uint32Array(clusters + 1)
  for (let row = 0; row < length; row++)
    if (reason[row] === null) offsets[fine[row]! + 1] = offsets[fine[row]! + 1]! + 1
  for (let cluster = 0; cluster < clusters; cluster++)
    offsets[cluster + 1] = offsets[cluster + 1]! + offsets[cluster]!
  const next = offsets.slice(0, clusters)
  const rows = new Uint32Array(offsets[clusters]!)
  for (let row = 0; row < length; row++) {
    if (reason[row] !== null) continue
    rows[next[fine[row]!]!] = row
    next[fine[row]!]!++
  }
  const npy = await openNpy(await takes.vectors![0]!.open('vectors.npy'))
  const [, width = 0] = npy.shape
  const vectors = await npy.readRows(0, length)
  const sorted = new Float32Array(rows.length * width)
  for (let at = 0; at < rows.length; at++)
    sorted.set(vectors.subarray(rows[at]! * width, (rows[at]! + 1) * width), at * width)
  await out.put(sortedFiles.offsets, bytesOf(offsets))
  await out.put(sortedFiles.rows, bytesOf(rows))
  await out.put(sortedFiles.distances, bytesOf(Float32Array.from(rows, (row) => distance[row]!)))
  await out.put(sortedFiles.vectors, encodeNpy(sorted, [rows.length, width]))
}
