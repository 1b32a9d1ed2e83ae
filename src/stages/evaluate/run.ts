import { makeSetFeatures } from './features.js'
import { makeScores } from './make-scores.js'
import type { Context } from './tasks.js'

export async function run(context: Context): Promise<void> {
  return context.kind === 'scores' ? makeScores(context) : makeSetFeatures(context)
}
