import type { ByteSource } from '../source.js'
import { locate, settingsFor, type StoreSettings } from '../store/backends.js'
import { openUri } from '../store/open.js'

export interface IdentifiedFile {
  readonly uri: string
  readonly size: number
  /** As `openIdentities` returns it. */
  readonly identity: string
}

/**
 * Opens an input as it was when its identity was taken. An object is read under the version in its identity
 * (S3: the ETag), so that one that was replaced since then, even by one of the same size, is `E_CHANGED`; and
 * nothing has to be asked before the first byte. Local files are held against their SHA-256 by whoever
 * streams them whole.
 */
export async function openIdentified(file: IdentifiedFile, settings?: StoreSettings): Promise<ByteSource> {
  const at = locate(file.uri)
  return at.backend.openIdentified(at, file, settingsFor(at.backend, settings)) ?? openUri(file.uri, settings)
}
