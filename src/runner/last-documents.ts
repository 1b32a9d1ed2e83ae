import { sha256 } from '../core/digest.js'
import type { Store } from '../io/store/store.js'
import { earlierPlanKey, earlierTasksKey, lastPlanPrefix, lastTasksPrefix } from './layout.js'
import { keyOfManifest } from './owner.js'
import type { RunBy } from './owner.js'

/** What a store keeps about the last plan of a manifest: a summary, or the tasks if it has plugins. */
const kinds = {
  summary: { prefix: lastPlanPrefix, earlier: earlierPlanKey },
  tasks: { prefix: lastTasksPrefix, earlier: earlierTasksKey },
} as const

export type LastKind = keyof typeof kinds

/** Where this manifest, user and host keep it; `name` is the name of the manifest. */
export function lastKey(kind: LastKind, name: string, by: RunBy): string {
  return `${ownPrefix(kind, name, by)}${sha256(by.host).slice(0, 8)}.json`
}

/**
 * The key to read: that of this host, or else the newest of another host, or else what an earlier version
 * kept under the name alone. Undefined if there is none.
 */
export async function findLast(
  store: Store,
  kind: LastKind,
  name: string,
  by: RunBy,
): Promise<string | undefined> {
  const own = lastKey(kind, name, by)
  let newest: { key: string; modified_ms: number } | undefined
  for await (const found of store.list(ownPrefix(kind, name, by))) {
    if (found.key === own) return own
    if (!newest || found.modified_ms > newest.modified_ms) newest = found
  }
  if (newest) return newest.key
  const earlier = kinds[kind].earlier(name)
  return (await store.stat(earlier)) ? earlier : undefined
}

/** Removes what is kept about all manifests of a name. */
export async function removeLast(store: Store, name: string): Promise<void> {
  for (const { prefix, earlier } of Object.values(kinds)) {
    for await (const { key } of store.list(prefix(name))) await store.remove(key)
    await store.remove(earlier(name))
  }
}

function ownPrefix(kind: LastKind, name: string, by: RunBy): string {
  return `${kinds[kind].prefix(name)}${keyOfManifest(by)}-`
}
