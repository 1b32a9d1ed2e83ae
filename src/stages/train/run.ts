import { openGemm } from '../../math/gemm/gemm.js'
import { writeBundle } from './bundle.js'
import { readFeatureSet } from './feature-set.js'
import { makeFeatures } from './features.js'
import { fit } from './fit.js'
import { mix } from './mix.js'
import { partOf } from './parts.js'
import type { Context } from './tasks.js'
import { trainModel } from './train-model.js'

export async function run(context: Context): Promise<void> {
  switch (context.kind) {
    case 'features':
      return makeFeatures(context)
    case 'fit':
      return fitModel(context)
    case 'mix':
      return mix(context)
    case 'seed':
    case 'train':
      return trainModel(context)
  }
}

async function fitModel(context: Context<'fit'>): Promise<void> {
  const { after, options, account, out, key } = context
  const set = await readFeatureSet(after.features[0]!)
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
