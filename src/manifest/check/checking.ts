import type { Diagnostic } from '../yaml/diagnose.js'
import type { Environment } from './env.js'

export interface Checking {
  readonly environment: Environment
  /** Relative paths are resolved against it. */
  readonly folder: string
  readonly diagnostics: Diagnostic[]
  /**
   * How messages call the group at `path`, and the code of an unknown name in it; `elsewhere` may know where
   * the name belongs.
   */
  readonly owner: (path: Path) => Owner
  /** How messages call the value at `path`. */
  readonly label: (path: Path) => string
  /** Set where an enclosing field lets `${env.NAME}` stand. */
  readonly env?: boolean | undefined
}

export type Path = readonly string[]

export interface Owner {
  readonly code: string
  readonly text: string
  readonly elsewhere?: ((name: string) => string | undefined) | undefined
}
