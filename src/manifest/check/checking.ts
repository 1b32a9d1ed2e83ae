import type { Diagnostic } from '../yaml/diagnose.js'
import type { Environment } from './env.js'

export interface Checking {
  readonly environment: Environment
  /** Base of relative paths. */
  readonly folder: string
  readonly diagnostics: Diagnostic[]
  /**
   * Describes the group at `path` in messages, with the code for an unknown name in it; `elsewhere` suggests
   * where the name belongs.
   */
  readonly owner: (path: Path) => Owner
  /** Name of the value at `path` in messages. */
  readonly label: (path: Path) => string
  /** Set if an enclosing field allows `${env.NAME}`. */
  readonly env?: boolean | undefined
}

export type Path = readonly string[]

export interface Owner {
  readonly code: string
  readonly text: string
  readonly elsewhere?: ((name: string) => string | undefined) | undefined
}
