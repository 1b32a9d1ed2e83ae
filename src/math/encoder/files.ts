import { PipelineError } from '../../core/error.js'
import type { EncoderFiles } from './encoder.js'

/** Reads a JSON file of the folder; undefined if it does not exist. */
export async function readJson<T>(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  name: string,
): Promise<T | undefined> {
  if (!names.has(name)) return undefined
  const bytes = await files.read(name)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as T
  } catch (cause) {
    throw unusable(files, name, 'is not valid JSON', {
      found: cause instanceof Error ? cause.message : undefined,
      cause,
    })
  }
}

/** `E_ENCODER`: the folder cannot be used. The message is about the file `name`, or the folder if empty. */
export function unusable(
  files: EncoderFiles,
  name: string,
  message: string,
  more: {
    expected?: string | undefined
    found?: string | undefined
    hint?: string | undefined
    cause?: unknown
  } = {},
): PipelineError {
  const place = name === '' ? files.place : `${files.place}/${name}`
  return new PipelineError({
    code: 'E_ENCODER',
    message: name === '' ? message : `${name} ${message}`,
    place,
    ...more,
  })
}
