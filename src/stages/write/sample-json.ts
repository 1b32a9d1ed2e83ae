import { parseJson } from '../../core/parse-json.js'
import { anyJson, map } from '../../core/shape.js'
import { canonicalJson, type Json } from '../../core/json.js'
import { keyIn } from '../../io/crawl/columns.js'
import type { SplitRows } from './group-rows.js'

const ours = new Set(['key', 'crawl_key', 'fine', 'expert', 'distance', 'ooc', 'captions', 'url'])

/**
 * The `.json` member: our fields, and those of the crawl, which get the prefix `crawl_` if the names collide.
 * `crawlKey` is the crawl's own key or path of the sample, as its shard was read; if it was not, or has
 * none, a field of the crawl takes its place, and at last the number of the row.
 */
export function sampleJson(rows: SplitRows, index: number, crawlKey: string | undefined): string {
  const { samples, assignments } = rows
  const metadata = samples.metadata[index]
  const captions = samples.captions[index]
  const url = samples.url[index]
  const crawl = metadata ? parseJson(metadata, 'the metadata of a sample', map(anyJson)) : {}
  const crawl_key = crawlKey ?? keyIn(crawl) ?? `#${samples.row[index]}`
  const assigned = assignments.reason[index] === null
  return canonicalJson({
    ...crawlFields(crawl, crawl_key),
    ...(captions ? { captions } : {}),
    ...(url ? { url } : {}),
    key: samples.key[index] as string,
    crawl_key,
    ...(assigned
      ? {
          fine: assignments.fine[index] as number,
          expert: assignments.expert[index] as number,
          distance: rounded(assignments.distance[index] as number),
        }
      : {}),
    ooc: false,
  })
}

/** Fields whose names are ours get a name that none has; a key that `crawl_key` repeats is left out. */
function crawlFields(
  crawl: { readonly [name: string]: Json },
  crawlKey: string,
): { readonly [name: string]: Json } {
  const fields = new Map(Object.entries(crawl).filter(([name]) => !ours.has(name)))
  for (const [name, value] of Object.entries(crawl)) {
    if (fields.has(name) || (name === 'key' && String(value) === crawlKey)) continue
    let free = name
    while (ours.has(free) || fields.has(free)) free = `crawl_${free}`
    fields.set(free, value)
  }
  return Object.fromEntries(fields)
}

/** The `.json` member of a copy in another expert's set. */
export function asOutOfCluster(json: Uint8Array): Uint8Array {
  return new TextEncoder().encode(
    canonicalJson({ ...parseJson(json, 'a sample of the journal', map(anyJson)), ooc: true }),
  )
}

/** Six digits cover the precision of float32. */
const rounded = (value: number): number => Number(value.toPrecision(6))
