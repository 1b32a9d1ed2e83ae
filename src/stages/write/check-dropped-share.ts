import { PipelineError } from '../../core/error.js'
import type { Artefact } from '../define.js'

/**
 * Refuses to write training sets if more than this share of the crawl's rows was dropped before. Throws
 * `E_TOO_MUCH_LOST`.
 */
export function checkDroppedShare(samples: readonly Artefact[], maxLost: number): void {
  let rows = 0
  const lost = new Map<string, number>()
  for (const { accounting } of samples) {
    rows += accounting.rows_in + accounting.expanded
    for (const [reason, count] of Object.entries(accounting.dropped))
      lost.set(reason, (lost.get(reason) ?? 0) + count)
  }
  const total = [...lost.values()].reduce((sum, count) => sum + count, 0)
  if (total <= rows * maxLost) return
  const reasons = [...lost].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
  throw new PipelineError({
    code: 'E_TOO_MUCH_LOST',
    message: 'too much of the crawl was dropped to train on the rest',
    expected: `at most ${(maxLost * 100).toFixed(1)} % of ${rows} rows lost`,
    found: `${total} lost: ${reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')}`,
    hint: 'look at `coterie report`; repair the shards, or raise `write.most_lost_share`',
  })
}
