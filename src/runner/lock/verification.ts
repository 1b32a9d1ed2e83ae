import type { AdoptedTask } from '../task/adopted-tasks.js'
import { PipelineError } from '../../core/error.js'

/** `verify --json`. */
export interface Verification {
  readonly ok: boolean
  readonly checked: number
  readonly bytes: number
  readonly mismatches: readonly Mismatch[]
  /** Tasks that have the result of another task, because it came out equal. */
  readonly adopted: readonly AdoptedTask[]
  /** With `--repair`, the files that were missing or damaged and are as the lock pins them again. */
  readonly repaired?: readonly string[] | undefined
}

export interface Mismatch {
  readonly path: string
  readonly expected: string
  readonly found: string
}

export function stopped(checked: number): PipelineError {
  return new PipelineError({
    code: 'E_STOPPED',
    failure: 'retry',
    message: `stopped after ${checked} files`,
    hint: 'run verify again; it starts from the first file',
  })
}
