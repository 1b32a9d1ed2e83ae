import { fileURLToPath } from 'node:url'

/** The folder of the static encoder that ships with the package: option value `builtin`. */
export function builtinEncoderFolder(): string {
  return fileURLToPath(new URL('../../../encoders/static-minilm', import.meta.url))
}
