import { PipelineError } from '../core/error.js'
import { parseJson } from '../core/parse-json.js'
import { number, object } from '../core/shape.js'
import { openStore as openAnyStore } from '../io/store/open.js'
import type { StoreSettings } from '../io/store/backends.js'
import { readIfThere } from '../io/store/read-if-there.js'
import type { Store } from '../io/store/store.js'

/**
 * What this version reads and writes. 1: every record has its own data. 2: records may refer to the data of
 * another task. A store without a number has the format 1.
 */
export const newestFormat = 2

export const formatKey = '_format.json'

/** A manifest cannot have this name. */
const blockingName = '_store-format-2'

/**
 * Versions before the format number delete whatever their own roots do not need, but refuse a store with
 * plans of manifests that they do not know: this object makes them refuse.
 */
export const blockingKey = `_live/plans/${blockingName}.json`

const shape = object({ format: number })

/** Opens a store of results. Throws `E_STORE_FORMAT` if a later version of Coterie changed its format. */
export async function openResults(uri: string, settings?: StoreSettings): Promise<Store> {
  const store = await openAnyStore(uri, settings)
  await requireKnownFormat(store)
  return store
}

/** Throws `E_STORE_FORMAT`. */
export async function requireKnownFormat(store: Store): Promise<void> {
  const format = await formatOf(store)
  if (format <= newestFormat) return
  throw new PipelineError({
    code: 'E_STORE_FORMAT',
    failure: 'usage',
    message: 'this store has a format that only a later version of Coterie reads',
    place: `${store.uri}/${formatKey}`,
    expected: `at most format ${newestFormat}`,
    found: `format ${format}`,
    hint: 'install a later version of Coterie, or use another store',
  })
}

/**
 * Gives a store that has no results yet the newest format. One with results of an earlier version keeps its
 * own until something needs a later one.
 */
export async function formatNewStore(store: Store, results: number): Promise<void> {
  if (results > 0 || (await store.stat(formatKey))) return
  await raiseFormat(store, newestFormat).catch(ifPermitted)
}

/** For what only saves work: undefined where the store does not permit it, and throws any other error. */
export function ifPermitted(error: unknown): undefined {
  const { code } = PipelineError.from(error)
  if (code === 'E_PERMISSION' || code === 'E_ACCESS_DENIED') return undefined
  throw error
}

/** Raises the number of a store before anything is written that only this format allows. */
export async function raiseFormat(store: Store, format: number): Promise<void> {
  await store.create(blockingKey, new TextEncoder().encode('{}\n'))
  for (;;) {
    // A bucket may permit only creation.
    if ((await store.create(formatKey, encode(format))) === 'created') return
    const before = await store.stat(formatKey)
    if ((await formatOf(store)) >= format) return
    if ((await store.replace(formatKey, encode(format), before?.version)) !== 'conflict') return
  }
}

async function formatOf(store: Store): Promise<number> {
  const bytes = await readIfThere(store, formatKey)
  return bytes ? parseJson(bytes, `${store.uri}/${formatKey}`, shape).format : 1
}

function encode(format: number): Uint8Array {
  return new TextEncoder().encode(`{"format":${format}}\n`)
}
