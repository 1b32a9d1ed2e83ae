import type { ByteSource } from '../source.js'
import { locate, settingsFor, type StoreSettings } from './backends.js'
import type { Store } from './store.js'

/**
 * A folder path, `file://` or a URI of another backend, such as `s3://bucket/prefix`. Packages of a backend
 * are loaded when its first store is opened. Throws `E_BAD_URI`.
 */
export async function openStore(uri: string, settings?: StoreSettings): Promise<Store> {
  const at = locate(uri)
  return at.backend.openStore(at, settingsFor(at.backend, settings))
}

/** Any one file: a local path, `file://` or `s3://bucket/key`. Throws `E_BAD_URI`, `E_NOT_FOUND`. */
export async function openUri(uri: string, settings?: StoreSettings): Promise<ByteSource> {
  const at = locate(uri)
  return at.backend.openFile(at, settingsFor(at.backend, settings))
}
