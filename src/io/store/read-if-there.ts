import { PipelineError } from '../../core/error.js'
import type { Store } from './store.js'

/** The bytes of an object that may be removed at any time; undefined if it is missing. Other errors stay. */
export async function readIfThere(store: Store, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.read(key)
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'E_NOT_FOUND') return undefined
    throw error
  }
}
