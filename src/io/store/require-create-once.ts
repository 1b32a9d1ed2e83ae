import { PipelineError } from '../../core/error.js'
import { backendOf } from './backends.js'
import type { Store } from './store.js'

const key = '_probe/create-once'

/** Checks create-once, unless the backend guarantees it. Throws `E_STORE_UNSAFE`. */
export async function requireSafeStore(store: Store): Promise<void> {
  if (backendOf(store.uri).must_prove_create_once) await requireCreateOnce(store)
}

/**
 * Makes one or two small puts to check that the store honours create-once at all, before a run could
 * overwrite another run's results. `coterie doctor store` checks that it also holds under a race. Throws
 * `E_STORE_UNSAFE`.
 */
export async function requireCreateOnce(store: Store): Promise<void> {
  const bytes = new TextEncoder().encode(
    'Coterie looks here whether this store refuses to create an object twice.\n',
  )
  if ((await store.create(key, bytes)) === 'exists') return
  if ((await store.create(key, bytes)) === 'exists') return
  throw new PipelineError({
    code: 'E_STORE_UNSAFE',
    failure: 'check',
    message: 'this store creates an object that is already there, so two runs could overwrite each other',
    place: store.uri,
    expected: 'a server (and every proxy before it) that honours `If-None-Match: *`',
    found: `${key} was created twice`,
    hint: 'use another S3 server or a newer version of this one; `coterie doctor store` shows details',
  })
}
