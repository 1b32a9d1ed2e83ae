import { builtinEncoder, encoderFolder } from '../../core/encoder-folder.js'
import { isPluginMember } from '../../core/plugin-name.js'
import { defineStage } from '../define.js'
import { statedFacts } from '../facts.js'
import { Samples, Vectors } from '../kinds.js'
import { bySplit } from '../partition.js'
import { options } from './options.js'

export const embed = defineStage({
  name: 'embed',
  version: 2,
  doc: 'Embeds captions as unit vectors.',
  takes: { samples: { kind: Samples } },
  makes: { vectors: { kind: Vectors } },
  later_files: ['encoder.json'],
  options,
  runtime: ['onnxruntime'],
  reads_facts: [],
  models: ({ encoder }): { [name: string]: string } =>
    isPluginMember(encoder.model) ? {} : { encoder: encoderFolder(encoder.model) },
  partition: bySplit('samples'),
  facts: ({ encoder }) => statedFacts({ encoder }),
  check: ({ encoder }) => {
    if (encoder.model !== builtinEncoder) return []
    const mistakes: { option: string; message: string; hint?: string }[] = []
    if (encoder.pooling !== 'auto' && encoder.pooling !== 'mean') {
      mistakes.push({
        option: 'encoder.pooling',
        message: `the built-in encoder averages token vectors; ${encoder.pooling} does not apply`,
        hint: 'leave `pooling` out',
      })
    }
    if (encoder.precision !== 'float32')
      mistakes.push({
        option: 'encoder.precision',
        message: 'the built-in encoder supports only float32',
      })
    if (encoder.device !== 'cpu')
      mistakes.push({ option: 'encoder.device', message: 'the built-in encoder runs on the CPU' })
    return mistakes
  },
  estimate: ({ rows, options }) => {
    const light = options.encoder.model === builtinEncoder
    const width = light ? 256 : 384
    const each = options.output === 'float16' ? 2 : 4
    // The encoder stays loaded in its worker, so that a task costs little beyond its rows.
    return {
      seconds: 0.05 + rows / (light ? 100000 : 400),
      bytes: 1000 + rows * width * each,
      memory_bytes: (light ? 2.5e8 : 6e8) + rows * 400,
      ...(options.encoder.device === 'cuda' ? { gpus: 1 } : {}),
    }
  },
  load: () => import('./run.js'),
})
