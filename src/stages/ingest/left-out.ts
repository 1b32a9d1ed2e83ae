import type { LeftOut } from '../../io/crawl/row.js'
import type { TaskContext } from '../define.js'

/** Counts values of metadata that samples cannot keep, so that none is lost without a word. */
export class LeftOutCounts {
  private readonly counts = new Map<string, { field: string; why: string; values: number }>()

  add(...[field, why]: Parameters<LeftOut>): void {
    const key = `${why} ${field}`
    const count = this.counts.get(key) ?? { field, why, values: 0 }
    count.values += 1
    this.counts.set(key, count)
  }

  report({ note, log }: Pick<TaskContext<unknown>, 'note' | 'log'>): void {
    if (this.counts.size === 0) return
    const counts = [...this.counts.values()].sort((a, b) => (a.field < b.field ? -1 : 1))
    note('metadata_left_out', counts.slice(0, maxFields))
    const shown = counts.slice(0, 3).map(({ field, why, values }) => `${field} (${values} ${why})`)
    log.info({}, `metadata that samples cannot keep: ${shown.join(', ')}${counts.length > 3 ? ', …' : ''}`)
  }
}

/** JSON members may have any name; a record stays small. */
const maxFields = 100
