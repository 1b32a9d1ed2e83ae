import { digestOfJson, sha256 } from '../core/digest.js'
import { canonicalJson, type Json } from '../core/json.js'

/**
 * One named value that decides a task's result. A fingerprint is the digest of an ordered list of entries,
 * so two fingerprints can be compared entry by entry, and each difference has a name.
 */
export interface Entry {
  readonly name: string
  readonly value: Json
}

/**
 * Returns a function that fingerprints lists which begin with `common`: SHA-256 (hex) of the canonical JSON
 * of the whole list. The common entries are serialised only once.
 */
export function fingerprinter(common: readonly Entry[]): (own: readonly Entry[]) => string {
  const head = common.map(serialise)
  return (own) => sha256(`[${[...head, ...own.map(serialise)].join(',')}]`)
}

function serialise({ name, value }: Entry): string {
  return canonicalJson([name, value])
}

export interface Difference {
  readonly name: string
  /** Undefined if the entry was missing. */
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/** The entries that were added, removed or changed, in the order of `after`; removed ones come last. */
export function differences(before: readonly Entry[], after: readonly Entry[]): Difference[] {
  const old = new Map(before.map((entry) => [entry.name, entry.value]))
  const found: Difference[] = []
  for (const { name, value } of after) {
    const had = old.get(name)
    if (had === undefined || digestOfJson(had) !== digestOfJson(value))
      found.push({ name, before: had, after: value })
    old.delete(name)
  }
  for (const [name, value] of old) found.push({ name, before: value, after: undefined })
  return found
}
