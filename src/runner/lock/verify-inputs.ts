import { createHash } from 'node:crypto'
import { PipelineError } from '../../core/error.js'
import { append } from '../../core/extremes.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { backendOf, locate, settingsFor, type StoreSettings } from '../../io/store/backends.js'
import { openUri } from '../../io/store/open.js'
import type { Store } from '../../io/store/store.js'
import type { Lock, LockedInput } from '../../planner/lock.js'
import { readLockedList } from './lock-file.js'
import { type Mismatch, stopped, type Verification } from './verification.js'

/**
 * Reads every input that the lock pins and compares its bytes. An object whose bytes no stage read whole
 * has no digest: its size and version are compared instead. Shards that came later are not looked at.
 */
export async function verifyInputs(
  lock: Lock,
  store: Store,
  settings: StoreSettings | undefined,
  signal?: AbortSignal,
): Promise<Omit<Verification, 'adopted'>> {
  const inputs = await readLockedList(lock.inputs, store)
  const mismatches: Mismatch[] = []
  let bytes = 0
  await mapConcurrently(inputs, 4, async (input) => {
    if (signal?.aborted) throw stopped(0)
    const { identity, sha256 } = input
    const expected = identity.startsWith('sha256:') || !sha256 ? identity : `sha256:${sha256}`
    const found = await identityNow(input, expected, settings).catch(missing)
    bytes += input.size
    if (found !== expected) append(mismatches, [{ path: input.uri, expected, found: found ?? 'missing' }])
  })
  return {
    ok: mismatches.length === 0,
    checked: inputs.length,
    bytes,
    mismatches: mismatches.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

async function identityNow(
  { uri }: LockedInput,
  expected: string,
  settings: StoreSettings | undefined,
): Promise<string | undefined> {
  if (!expected.startsWith('sha256:')) {
    const { backend, root, key } = locate(uri)
    const tree = await backend.openTree(root, settingsFor(backend, settings))
    const file = await tree.stat(key)
    return file && backendOf(uri).identify(file)
  }
  const hash = createHash('sha256')
  for await (const piece of (await openUri(uri, settings)).stream()) hash.update(piece)
  return `sha256:${hash.digest('hex')}`
}

function missing(error: unknown): undefined {
  if (error instanceof PipelineError && error.code === 'E_NOT_FOUND') return undefined
  throw error
}
