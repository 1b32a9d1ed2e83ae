import { PipelineError } from '../../core/error.js'

export function notFound(place: string): PipelineError {
  const hint = 'check the name; it may have been removed since it was listed'
  return new PipelineError({ code: 'E_NOT_FOUND', message: 'there is no such object', place, hint })
}

/** The pinned version is gone: somebody replaced the object while it was being read. */
export function changed(place: string, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_CHANGED',
    message: 'the object was replaced while it was in use',
    place,
    expected: `version ${expected}`,
    found: `version ${found}`,
    hint: 'run `coterie plan` again to take the new version, or put the old one back',
  })
}

export function shortRead(place: string, expected: number, found: number): PipelineError {
  return new PipelineError({
    code: 'E_SHORT_READ',
    message: 'fewer bytes came than the object should have',
    place,
    expected: `${expected} bytes`,
    found: `${found} bytes`,
  })
}

/** The bytes that a caller promised are not those that are there. */
export function wrongBody(place: string, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_BODY_MISMATCH',
    message: 'the file is not what its writer said it is',
    place,
    expected,
    found,
  })
}

export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
