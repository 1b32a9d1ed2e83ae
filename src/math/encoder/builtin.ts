import { builtinEncoder, encoderFolder } from '../../core/encoder-folder.js'

/** The folder of the static encoder that ships with the package: option value `builtin`. */
export function builtinEncoderFolder(): string {
  return encoderFolder(builtinEncoder)
}
