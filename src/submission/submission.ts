import { sha256 } from '../core/digest.js'
import { PipelineError } from '../core/error.js'
import { parseJson } from '../core/parse-json.js'
import { either, list, number, object, oneOf, optional, text, type Shape } from '../core/shape.js'
import type { Resources } from '../schedulers/scheduler.js'

/** Arrays that are submitted together; written create-once before the first of them is submitted. */
export interface Submission {
  /** Random, eight hexadecimal digits; derived from the key if an earlier version made the submission. */
  readonly id: string
  /** Where its arrays are: the id, or the name of the manifest if an earlier version made it. */
  readonly folder: string
  /** Among those of the same manifest and user. */
  readonly number: number
  readonly created_ms: number
  /** `name` of the manifest. */
  readonly name: string
  /** Absolute path of the manifest; null if an earlier version made the submission. */
  readonly manifest: string | null
  readonly user: string
  readonly host: string
  readonly scheduler: string
  readonly arrays: readonly SubmissionArray[]
}

export interface SubmissionArray {
  readonly name: string
  readonly node: string
  /** Left out by earlier versions. */
  readonly stage?: string | undefined
  readonly size: number
  readonly tasks: number
  readonly resources: Resources
  readonly after: readonly (
    | { readonly array: string; readonly kind: 'all' | 'each' }
    | { readonly job: string; readonly size: number; readonly kind: 'all' | 'ended' }
  )[]
}

const arrays: Shape<readonly SubmissionArray[]> = list(
  object<SubmissionArray>({
    name: text,
    node: text,
    stage: optional(text),
    size: number,
    tasks: number,
    resources: object<Resources>({
      cpus: number,
      memory_bytes: number,
      seconds: number,
      gpus: number,
      nodes: number,
      queue: optional(text),
      running: optional(number),
    }),
    after: list(
      either<SubmissionArray['after'][number]>(
        object({ array: text, kind: oneOf('all', 'each') }),
        object({ job: text, size: number, kind: oneOf('all', 'ended') }),
      ),
    ),
  }),
)

type Stored = Omit<Submission, 'folder' | 'manifest'> & { readonly format: 2; readonly manifest: string }

const shape: Shape<Stored> = object<Stored>({
  format: oneOf(2),
  id: text,
  number,
  created_ms: number,
  name: text,
  manifest: text,
  user: text,
  host: text,
  scheduler: text,
  arrays,
})

/** As earlier versions wrote it, below the name of the manifest: `by` is `user@host`. */
const earlierShape = object({
  format: oneOf(1),
  number,
  created_ms: number,
  by: text,
  scheduler: text,
  arrays,
})

export function encodeSubmission({ folder: _, ...submission }: Submission): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format: 2, ...submission }, undefined, 2)}\n`)
}

/** Reads a submission of this version. Throws `E_SUBMISSION`. */
export function parseSubmission(bytes: Uint8Array, place: string): Submission {
  return readable(place, () => {
    const { format: _, ...stored } = parseJson(bytes, place, shape)
    return { ...stored, folder: stored.id }
  })
}

/** Reads a submission that an earlier version made for a manifest of this name. Throws `E_SUBMISSION`. */
export function parseEarlier(bytes: Uint8Array, place: string, name: string): Submission {
  return readable(place, () => {
    const { format: _, by, ...stored } = parseJson(bytes, place, earlierShape)
    const at = by.lastIndexOf('@')
    return {
      ...stored,
      id: sha256(`${name}/${stored.number}`).slice(0, 8),
      folder: name,
      name,
      manifest: null,
      user: by.slice(0, Math.max(0, at)),
      host: by.slice(at + 1),
    }
  })
}

function readable(place: string, read: () => Submission): Submission {
  try {
    return read()
  } catch (error) {
    const { expected, found, message } = PipelineError.from(error)
    throw new PipelineError({
      code: 'E_SUBMISSION',
      failure: 'executor',
      message: `a submission cannot be read: ${message}`,
      place,
      expected,
      found,
    })
  }
}
