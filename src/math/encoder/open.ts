import { PipelineError } from '../../core/error.js'
import { isPluginMember } from '../../core/plugin-name.js'
import type { Encoder, EncoderFiles, EncoderOptions } from './encoder.js'
import { loadEncoder } from './load.js'

type Open = (options: EncoderOptions) => Promise<Encoder>

const ofPlugins = new Map<string, Open>()

/** Adds a plugin's encoder, `plugin:name`, for as long as the process lives. */
export function addEncoder(name: string, open: Open): void {
  ofPlugins.set(name, open)
}

/**
 * The encoder that `encoder.model` names: a plugin's, or the one in a folder, which is opened with `files`.
 * Throws `E_ENCODER_MISSING` for a plugin's encoder that no loaded plugin has.
 */
export async function openEncoder(
  model: string,
  files: (model: string) => EncoderFiles,
  options: EncoderOptions,
): Promise<Encoder> {
  if (!isPluginMember(model)) return loadEncoder(files(model), options)
  const open = ofPlugins.get(model)
  if (open) return open(options)
  throw new PipelineError({
    code: 'E_ENCODER_MISSING',
    failure: 'manifest',
    message: `there is no encoder ${model}`,
    found: [...ofPlugins.keys()].join(', ') || 'no encoders of plugins',
    hint: 'name the plugin that has it in `plugins` of the manifest',
  })
}
