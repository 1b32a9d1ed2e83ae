import { createHash } from 'node:crypto'
import type { Store } from '../io/store/store.js'

/** SHA-256 (hex) of an object, streamed. Throws `E_NOT_FOUND`. */
export async function storedDigest(store: Store, key: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of store.stream(key)) hash.update(piece)
  return hash.digest('hex')
}

/** The same, or undefined if there is no such object. */
export async function digestOf(store: Store, key: string): Promise<string | undefined> {
  return (await store.stat(key)) ? storedDigest(store, key) : undefined
}
