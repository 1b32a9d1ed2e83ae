import type { TaskRecord } from './record.js'

/** Sums of what the tasks remarked, by name. */
export function totalRemarks(records: readonly Pick<TaskRecord, 'notes'>[]): { [name: string]: number } {
  const totals: { [name: string]: number } = {}
  for (const record of records)
    for (const [name, count] of Object.entries(record.notes.remarks ?? {}))
      if (typeof count === 'number') totals[name] = (totals[name] ?? 0) + count
  return totals
}
