import type { Fields } from '../../core/field.js'
import { PipelineError } from '../../core/error.js'
import type { Backend, SettingsOf, UriParts } from './backend.js'
import { localBackend } from './local/backend.js'
import { s3Backend } from './s3/backend.js'

/**
 * All backends, one row per scheme. Types, profile members, messages and lookups derive from this table.
 */
export const backends = [localBackend, s3Backend] as const

type Row = (typeof backends)[number]

export type BackendScheme = Row['scheme']
export type Configurable = Extract<Row, { readonly settings: object }>

/** Settings of the backends by scheme, as in a profile; defaults come from the usual environment. */
export type StoreSettings = {
  readonly [R in Configurable as R['scheme']]?:
    | (R extends Backend<infer F> ? SettingsOf<F> : never)
    | undefined
}

/** A URI with its backend. */
export interface Location extends UriParts {
  readonly backend: Backend
}

/** The rows of the table, as its lookups see them. */
export const rows: readonly Backend[] = backends as readonly unknown[] as readonly Backend[]

/** The backend of a URI; a path without a scheme is a local file. Throws `E_BAD_URI`. */
export function backendOf(uri: string): Backend {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(uri)?.[1] ?? 'file'
  const backend = rows.find((row) => row.scheme === scheme)
  if (!backend) throw badUri(uri, `a local path, ${rows.map(({ example }) => example).join(' or ')}`)
  return backend
}

/** Throws `E_BAD_URI`. */
export function locate(uri: string): Location {
  const backend = backendOf(uri)
  const parts = backend.split(uri)
  if (!parts) throw badUri(uri, uri.includes('://') ? backend.example : 'a local path')
  return { backend, ...parts }
}

/** The settings of one backend. */
export function settingsFor(backend: Backend, settings: StoreSettings | undefined): SettingsOf<Fields> {
  const bySchemes: { readonly [scheme: string]: SettingsOf<Fields> | undefined } = settings ?? {}
  return bySchemes[backend.scheme] ?? {}
}

/** The command that copies the first of these URIs that is not local; undefined if all are local. */
export function transferCommand(uris: readonly string[]): readonly string[] | undefined {
  return uris.map((uri) => rows.find(({ scheme }) => uri.startsWith(`${scheme}://`))?.transfer).find(Boolean)
}

function badUri(uri: string, expected: string): PipelineError {
  return new PipelineError({
    code: 'E_BAD_URI',
    failure: 'manifest',
    message: 'invalid URI',
    expected,
    found: JSON.stringify(uri.slice(0, 300)),
  })
}
