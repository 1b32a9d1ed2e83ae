import { PipelineError } from '../../core/error.js'

export function notFound(place: string): PipelineError {
  const hint = 'check the name; it may have been removed since it was listed'
  return new PipelineError({ code: 'E_NOT_FOUND', message: 'there is no such object', place, hint })
}

/** The pinned version is gone: the object was replaced while it was being read. */
export function changed(place: string, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_CHANGED',
    message: 'the object was replaced while it was in use',
    place,
    expected: `version ${expected}`,
    found: `version ${found}`,
    hint: 'run `coterie plan` again to use the new version, or restore the old one',
  })
}

export function shortRead(place: string, expected: number, found: number): PipelineError {
  return new PipelineError({
    code: 'E_SHORT_READ',
    message: 'the object ended early',
    place,
    expected: `${expected} bytes`,
    found: `${found} bytes`,
  })
}

/** A file does not have the bytes that its writer declared. */
export function wrongBody(place: string, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_BODY_MISMATCH',
    message: 'the file does not match its declared size or digest',
    place,
    expected,
    found,
  })
}

export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
