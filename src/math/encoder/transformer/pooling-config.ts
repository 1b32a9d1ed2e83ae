import type { EncoderFiles } from '../encoder.js'
import { readJson, unusable } from '../files.js'

export type PoolingMode = (typeof poolingOrder)[number]

/** In the order in which sentence-transformers concatenates them. */
export const poolingOrder = [
  'cls',
  'max',
  'mean',
  'mean_sqrt_len_tokens',
  'weightedmean',
  'lasttoken',
] as const

const legacyKeys: { readonly [key: string]: PoolingMode } = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
}

/**
 * Reads both schemas: booleans named `pooling_mode_*`, or one `pooling_mode` (a name or a list), since
 * sentence-transformers 5.4.
 */
export async function readPooling(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  folder: string,
): Promise<PoolingMode[]> {
  const name = `${folder}config.json`
  const config = await readJson<{ [key: string]: unknown }>(files, names, name)
  if (!config) throw unusable(files, name, 'is missing, but modules.json has a Pooling module')
  if (config['include_prompt'] === false)
    throw unusable(files, name, 'excludes the prompt from pooling, which is not supported')
  const given = config['pooling_mode']
  if (given !== undefined) {
    const modes = Array.isArray(given) ? given : [given]
    for (const mode of modes) {
      if (!poolingOrder.includes(mode))
        throw unusable(files, name, `has the pooling ${String(mode)}, which is not supported`, {
          expected: poolingOrder.join(', '),
        })
    }
    return modes as PoolingMode[]
  }
  for (const key of Object.keys(config)) {
    if (key.startsWith('pooling_mode_') && config[key] === true && !legacyKeys[key]) {
      throw unusable(files, name, `has ${key}, which is not supported`, {
        expected: Object.keys(legacyKeys).join(', '),
      })
    }
  }
  const modes = Object.keys(legacyKeys)
    .filter((key) => config[key] === true)
    .map((key) => legacyKeys[key] as PoolingMode)
  return modes.length > 0 ? modes : ['mean']
}
