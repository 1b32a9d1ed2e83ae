import { readCurationTree } from '../../artefacts/curation-tree.js'
import { rowKey, unitOfRow } from '../../core/random.js'
import { readFileOf } from '../../io/read-whole.js'
import { decodeAssignments, encodeAssignments } from '../../io/tables/assignments.js'
import { fineOf } from '../facts.js'
import type { Context } from './tasks.js'
import { makeTree } from './tree.js'

export async function run(context: Context): Promise<void> {
  switch (context.kind) {
    case 'count':
      return countSplit(context)
    case 'tree':
      return makeTree(context)
    case 'draw':
      return drawSplit(context)
  }
}

async function readAssignments({ takes }: Context) {
  return decodeAssignments(await readFileOf(takes.assignments![0]!, 'assignments.arrow'))
}

async function countSplit(context: Context<'count'>): Promise<void> {
  const { length, fine, reason } = await readAssignments(context)
  const counts = new Uint32Array(fineOf(context.facts))
  for (let row = 0; row < length; row++) if (reason[row] === null) counts[fine[row]!]!++
  await context.out.put('counts.u32', new Uint8Array(counts.buffer))
}

/**
 * Draws a row if the hash of (seed, shard, row) is below its cluster's share: the total is the target up to
 * chance, and no row depends on another.
 */
async function drawSplit(context: Context<'draw'>): Promise<void> {
  const { after, splits, options, account, out, note } = context
  const { keep } = await readCurationTree(after.tree[0]!)
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
