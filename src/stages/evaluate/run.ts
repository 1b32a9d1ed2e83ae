import type { TaskContext } from '../define.js'
import { makeSetFeatures } from './features.js'
import type { Options } from './options.js'
import { makeScores } from './scores.js'

export async function run(context: TaskContext<Options>): Promise<void> {
  return context.key === 'scores' ? makeScores(context) : makeSetFeatures(context)
}
