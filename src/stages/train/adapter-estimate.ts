import type { Estimate, Partition } from '../define.js'
import type { Options } from './options.js'
import type { tasks } from './tasks.js'

export function estimateAdapter({
  rows,
  options: { adapter },
  partition,
}: {
  readonly rows: number
  readonly options: Options
  readonly partition: Partition<typeof tasks>
}): Estimate {
  const { max_rows, dictionary, dictionary_patches } = adapter
  const used = Math.min(rows, max_rows)
  const width = 4 * dictionary
  const isFeatures = partition.kind === 'features'
  const products = (isFeatures ? 2 : 6) * (used * width ** 2 + width ** 3)
  return {
    seconds: 2 + products / 3e10 + (isFeatures ? used * 0.003 + dictionary_patches * dictionary * 4e-8 : 0),
    bytes: isFeatures ? used * (width + 384) * 4 + 2 * width ** 2 * 4 : 9e6 + width * 384 * 4,
    memory_bytes: 4e8 + used * (width + 384) * 8 + 4 * width ** 2 * 8,
  }
}
