import { openGemm } from '../../math/gemm/gemm.js'
import { writeBundle } from './bundle.js'
import { readFeatureSet } from './feature-set.js'
import { makeFeatures, type TrainContext } from './features.js'
import { fit } from './fit.js'
import { mix } from './mix.js'
import { partOf } from './parts.js'
import { trainModel } from './train-model.js'

export async function run(context: TrainContext): Promise<void> {
  if (context.key.startsWith('mix-')) return mix(context)
  if (context.options.engine !== 'adapter') return trainModel(context)
  return context.key === 'features' ? makeFeatures(context) : fitModel(context)
}

async function fitModel(context: TrainContext): Promise<void> {
  const { after, options, account, out, key } = context
  const set = await readFeatureSet(after[0]!)
  const part = partOf(key, set, options.seed)
  account.rowsIn(part.rows?.length ?? set.rows)
  const gemm = openGemm(context.threads)
  try {
    const fitted = await fit(set, part, options.adapter, gemm)
    await writeBundle(out, key, set, part, fitted)
    context.note('model', key)
    context.note('shrinkage', fitted.shrinkage)
    context.note('validation', { ...fitted.validation.all })
  } finally {
    await gemm.close()
  }
  account.rowsOut(part.rows?.length ?? set.rows)
}
