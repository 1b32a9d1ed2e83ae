import { isDropReason } from '../../core/drop-reason.js'
import { PipelineError } from '../../core/error.js'
import type { Account } from '../../stages/define.js'
import type { Accounting } from './record.js'

/** Counts the rows of one task, and refuses to close unless they balance. */
export class Ledger implements Account {
  private inCount = 0
  private outCount = 0
  private surplus = 0
  private readonly reasons = new Map<string, number>()

  rowsIn(count: number): void {
    this.inCount += count
  }

  rowsOut(count: number): void {
    this.outCount += count
  }

  expanded(count: number): void {
    this.surplus += count
  }

  dropped(reason: string, count = 1): void {
    if (!isDropReason(reason))
      throw new RangeError(`a drop reason is lower snake case, got ${JSON.stringify(reason)}`)
    if (count > 0) this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + count)
  }

  /** Throws `E_ROWS_LOST` unless rows in + expanded = rows out + Σ dropped. */
  close(place: string): Accounting {
    const dropped = Object.fromEntries([...this.reasons].sort(([a], [b]) => (a < b ? -1 : 1)))
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
    const accounting = { rows_in: this.inCount, expanded: this.surplus, rows_out: this.outCount, dropped }
    if (this.inCount + this.surplus !== this.outCount + lost) {
      throw new PipelineError({
        code: 'E_ROWS_LOST',
        message: 'the row counts of a task do not balance, so its result is refused',
        place,
        expected: `${this.inCount} in + ${this.surplus} expanded = out + dropped`,
        found: `${this.outCount} out + ${lost} dropped (${JSON.stringify(dropped)})`,
        hint: 'this is a bug in the stage, not in your data: please report it with this message',
      })
    }
    return accounting
  }
}
