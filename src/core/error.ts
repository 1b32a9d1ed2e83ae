import { isTemporary } from './temporary-codes.js'

/** Exit codes that schedulers and scripts may branch on. */
export const exitCode = {
  done: 0,
  usage: 2,
  manifest: 3,
  stage: 4,
  executor: 5,
  check: 6,
  retry: 75,
} as const

export type Failure = Exclude<keyof typeof exitCode, 'done'>

export const failures = [
  'usage',
  'manifest',
  'stage',
  'executor',
  'check',
  'retry',
] as const satisfies readonly Failure[]

export interface PipelineErrorParts {
  /** Stable identifier, upper snake case with an `E_` prefix: `E_PARQUET_TRUNCATED`. */
  code: string
  /** What went wrong, one sentence without a full stop. */
  message: string
  /** Kind of failure, which decides the exit code. Defaults to `stage`. */
  failure?: Failure | undefined
  /** Where: `file:line:column`, a URI, or a URI and a row. */
  place?: string | undefined
  expected?: string | undefined
  found?: string | undefined
  /** What the user can do about it. */
  hint?: string | undefined
  /** Several lines of context, such as a source excerpt. */
  excerpt?: string | undefined
  cause?: unknown
}

/**
 * The only error that users should see. It is printed without a stack trace; any other error that reaches the
 * command line is a bug.
 */
export class PipelineError extends Error {
  readonly code: string
  readonly failure: Failure
  readonly place: string | undefined
  readonly expected: string | undefined
  readonly found: string | undefined
  readonly hint: string | undefined
  readonly excerpt: string | undefined

  constructor(parts: PipelineErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.name = 'PipelineError'
    this.code = parts.code
    this.failure = parts.failure ?? (isTemporary(parts.code) ? 'retry' : 'stage')
    this.place = parts.place
    this.expected = parts.expected
    this.found = parts.found
    this.hint = parts.hint
    this.excerpt = parts.excerpt
  }

  /** Whether it goes away without a change, so that its task is repeated. */
  get temporary(): boolean {
    return isTemporary(this.code)
  }

  get exitCode(): number {
    return exitCode[this.failure]
  }

  /** Plain data, to cross a process boundary: `new PipelineError(parts)` restores the error. */
  toJSON(): PipelineErrorParts {
    const { code, message, failure, place, expected, found, hint, excerpt } = this
    return { code, message, failure, place, expected, found, hint, excerpt }
  }

  /** Wraps anything that was thrown; returns a PipelineError unchanged. */
  static from(thrown: unknown): PipelineError {
    if (thrown instanceof PipelineError) return thrown
    if (thrown instanceof Error) {
      const code = (thrown as NodeJS.ErrnoException).code
      const known = typeof code === 'string' ? systemErrors[code] : undefined
      if (known) {
        return new PipelineError({
          code: known.code,
          message: `${known.message} (${thrown.message})`,
          hint: known.hint,
          cause: thrown,
        })
      }
      return new PipelineError({
        code: 'E_UNEXPECTED',
        message: thrown.message || thrown.name,
        cause: thrown,
      })
    }
    return new PipelineError({ code: 'E_UNEXPECTED', message: String(thrown) })
  }
}

const fileServer = {
  code: 'E_FILE_SERVER',
  message: 'a file server does not answer, or gave up a file',
  hint: 'check the mount; tasks are repeated by themselves',
}

const systemErrors: Record<string, { code: string; message: string; hint: string }> = {
  ESTALE: fileServer,
  ETIMEDOUT: fileServer,
  EHOSTDOWN: fileServer,
  EREMOTEIO: fileServer,
  ENOSPC: {
    code: 'E_DISK_FULL',
    message: 'the disk is full',
    hint: 'free some space and run again; no incomplete file was published',
  },
  EROFS: {
    code: 'E_READ_ONLY',
    message: 'the file system is read-only',
    hint: 'choose a writable store or scratch folder',
  },
  EACCES: {
    code: 'E_PERMISSION',
    message: 'permission denied',
    hint: 'check the owner and mode of the path',
  },
  EMFILE: {
    code: 'E_TOO_MANY_FILES',
    message: 'too many open files',
    hint: 'raise `ulimit -n` or use fewer workers',
  },
}

/** Renders an error as text: place, code and message on the first line, then excerpt, details and hint. */
export function renderError(error: PipelineError): string {
  const lines = [`${error.place ? `${error.place}  ` : ''}${error.code}  ${error.message}`]
  if (error.excerpt) lines.push(error.excerpt)
  if (error.expected) lines.push(`  expected: ${error.expected}`)
  if (error.found) lines.push(`  found:    ${error.found}`)
  if (error.hint) lines.push(`  hint:     ${error.hint}`)
  return lines.join('\n')
}
