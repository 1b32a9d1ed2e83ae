import { PipelineError } from '../../core/error.js'

/** Why a compressed shard cannot be read to its end. */
export function compressedError(place: string, message: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_COMPRESSED',
    message,
    place,
    found,
    hint: 'fetch the shard again, or drop it whole with `ingest.on_broken_shard: drop`',
  })
}

export const endsEarly = (place: string, name: string): PipelineError =>
  compressedError(place, `this ${name} stream ends early`, 'the end of the file')
