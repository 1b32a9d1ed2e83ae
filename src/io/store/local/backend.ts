import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend } from '../backend.js'
import { fileSource } from './source.js'
import { localStore } from './store.js'
import { localTree } from './tree.js'

/** Paths and `file://` URIs. */
export const localBackend = {
  scheme: 'file',
  example: 'file:///path',
  local: true,
  settings: undefined,
  must_prove_create_once: false,
  transfer: undefined,
  complete(uri, base) {
    const path = pathOf(uri) ?? uri
    const trailing = path.endsWith('/') ? '/' : ''
    return base === undefined || isAbsolute(path) ? path : join(base, path).replace(/\/$/, '') + trailing
  },
  split(uri) {
    const key = pathOf(uri)
    return key === undefined ? undefined : { root: '', key }
  },
  openStore: async ({ key }) => localStore(key),
  openFile: ({ key }) => fileSource(resolve(key)),
  openTree: async () => localTree,
  identify: () => undefined,
  // The SHA-256 of the identity is checked when the file is streamed whole.
  openIdentified: () => undefined,
  openHandle: ({ key }, _settings, in_parts) => (in_parts ? undefined : Promise.resolve(localStore(key))),
  settingsOfJobs: (settings) => settings,
} as const satisfies Backend

function pathOf(uri: string): string | undefined {
  if (uri === '' || uri.includes('\0')) return undefined
  if (!uri.startsWith('file://')) return uri
  try {
    return fileURLToPath(uri)
  } catch {
    return undefined
  }
}
