import { readFileOf } from '../../io/read-whole.js'
import { decodeAssignments, encodeAssignments } from '../../io/tables/assignments.js'
import { compareClusters } from './compare-clusters.js'
import { foundFiles, readWords } from './files.js'
import { sortSplit } from './sort-split.js'
import type { Context } from './tasks.js'

export async function run(context: Context): Promise<void> {
  switch (context.kind) {
    case 'sort':
      return sortSplit(context)
    case 'compare':
      return compareClusters(context)
    case 'mark':
      return markSplit(context)
  }
}

/**
 * Rewrites the split's assignments with a reason for each near-duplicate; `write` drops and counts rows by
 * that reason.
 */
async function markSplit({ takes, after, params, out, account, note }: Context<'mark'>): Promise<void> {
  const { index } = params
  const rows = decodeAssignments(await readFileOf(takes.assignments![0]!, 'assignments.arrow'))
  const reason = [...rows.reason]
  let marked = 0
  for (const found of after.compare) {
    const [start, end] = await readWords(found, foundFiles.offsets, index, index + 2)
    for (const row of await readWords(found, foundFiles.rows, start!, end!)) {
      reason[row] = 'near_duplicate'
      marked++
    }
  }
  account.rowsIn(rows.length)
  account.rowsOut(rows.length)
  await out.put('assignments.arrow', encodeAssignments({ ...rows, reason }), rows.length)
  note('near_duplicates', marked)
}
