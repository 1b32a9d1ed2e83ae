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
 * Opens an input as it was when it was identified. An object is read at the version in its identity (S3:
 * the ETag): if it was replaced since, even by one of the same size, reading throws `E_CHANGED`, and no
 * request is needed before the first byte. Local files are checked against their SHA-256 when they are
 * streamed whole.
 */
export async function openIdentified(file: IdentifiedFile, settings?: StoreSettings): Promise<ByteSource> {
  const at = locate(file.uri)
  return at.backend.openIdentified(at, file, settingsFor(at.backend, settings)) ?? openUri(file.uri, settings)
}
