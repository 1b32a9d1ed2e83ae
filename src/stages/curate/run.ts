import { rowKey, unitOfRow } from '../../core/random.js'
import { decodeAssignments, encodeAssignments } from '../../io/tables/assignments.js'
import type { TaskContext } from '../define.js'
import { fineOf } from '../facts.js'
import type { Options } from './options.js'
import { makeTree, type Tree } from './tree.js'

export async function run(context: TaskContext<Options>): Promise<void> {
  if (context.key.startsWith('counted-')) await countSplit(context)
  else if (context.key === 'tree') await makeTree(context)
  else await drawSplit(context)
}

async function readAssignments({ takes }: TaskContext<Options>) {
  const source = await takes.assignments![0]!.open('assignments.arrow')
  return decodeAssignments(await source.read(0, source.size))
}

async function countSplit(context: TaskContext<Options>): Promise<void> {
  const { length, fine, reason } = await readAssignments(context)
  const counts = new Uint32Array(fineOf(context.facts))
  for (let row = 0; row < length; row++) if (reason[row] === null) counts[fine[row]!]!++
  await context.out.put('counts.u32', new Uint8Array(counts.buffer))
}

/**
 * A row is drawn by hash of (seed, shard, row) against its cluster's share: the sum is the target up to
 * chance, and no other row matters.
 */
async function drawSplit(context: TaskContext<Options>): Promise<void> {
  const { after, splits, options, account, out, note } = context
  const source = await after[0]!.open('tree.json')
  const { keep } = JSON.parse(new TextDecoder().decode(await source.read(0, source.size))) as Tree
  const rows = await readAssignments(context)
  const split = splits[0]!
  const key = rowKey(options.seed, 'curate', split.shard.id)
  let drawn = 0
  const reason = rows.reason.map((found, row) => {
    if (found !== null) return found
    if (unitOfRow(key, split.row_start + row) >= keep[rows.fine[row]!]!) return 'not_drawn'
    drawn++
    return null
  })
  account.rowsIn(rows.length)
  account.rowsOut(rows.length)
  await out.put('assignments.arrow', encodeAssignments({ ...rows, reason }), rows.length)
  note('drawn', drawn)
}
