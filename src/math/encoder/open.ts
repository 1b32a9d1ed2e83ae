import { PipelineError } from '../../core/error.js'
import { isPluginMember } from '../../core/plugin-name.js'
import type { Encoder, EncoderFiles, EncoderOptions } from './encoder.js'
import { loadEncoder } from './load.js'

type Open = (options: EncoderOptions) => Promise<Encoder>

const pluginEncoders = new Map<string, Open>()

/** Registers a plugin's encoder, `plugin:name`, in this process. */
export function addEncoder(name: string, open: Open): void {
  pluginEncoders.set(name, open)
}

/**
 * Opens the encoder that `encoder.model` names: a plugin's, or one in a folder, which `files` opens. Throws
 * `E_ENCODER_MISSING` if no loaded plugin has it.
 */
export async function openEncoder(
  model: string,
  files: (model: string) => EncoderFiles,
  options: EncoderOptions,
): Promise<Encoder> {
  if (!isPluginMember(model)) return loadEncoder(files(model), options)
  const open = pluginEncoders.get(model)
  if (open) return open(options)
  throw new PipelineError({
    code: 'E_ENCODER_MISSING',
    failure: 'manifest',
    message: `there is no encoder ${model}`,
    found: [...pluginEncoders.keys()].join(', ') || 'no plugin encoders',
    hint: 'add the plugin that provides it to `plugins` in the manifest',
  })
}
