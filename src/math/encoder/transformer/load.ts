import type { Encoder, EncoderFiles, EncoderOptions } from '../encoder.js'
import { unusable } from '../files.js'
import type { EncoderModule } from '../modules.js'

export async function loadTransformerEncoder(
  files: EncoderFiles,
  _names: ReadonlySet<string>,
  _modules: readonly EncoderModule[] | undefined,
  _options: EncoderOptions,
): Promise<Encoder> {
  throw unusable(files, '', 'transformer encoders come next')
}
