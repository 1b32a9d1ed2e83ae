import type { Store } from '../../io/store/store.js'
import { indexKey, indexPrefix } from '../layout.js'

/** Adds a result to the index. Entries are hints: only a record makes a result exist. */
export async function addToIndex(
  store: Store,
  stage: string,
  key: string,
  fingerprint: string,
): Promise<void> {
  await store.create(indexKey(stage, key, fingerprint), new TextEncoder().encode('{}\n'))
}

/** Fingerprints of the results of a stage with this adoption key, in order. */
export async function indexed(store: Store, stage: string, key: string): Promise<string[]> {
  const found: string[] = []
  const prefix = `${indexPrefix(stage)}${key}/`
  for await (const entry of store.list(prefix)) found.push(entry.key.slice(prefix.length))
  return found
}

/** The whole index of a stage: adoption key → fingerprints, in order. */
export async function wholeIndex(store: Store, stage: string): Promise<ReadonlyMap<string, string[]>> {
  const found = new Map<string, string[]>()
  const prefix = indexPrefix(stage)
  for await (const entry of store.list(prefix)) {
    const [key, fingerprint] = entry.key.slice(prefix.length).split('/')
    if (key === undefined || fingerprint === undefined) continue
    const known = found.get(key)
    if (known) known.push(fingerprint)
    else found.set(key, [fingerprint])
  }
  return found
}
