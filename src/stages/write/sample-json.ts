import { parseJson } from '../../core/parse-json.js'
import { anyJson, map } from '../../core/shape.js'
import { canonicalJson } from '../../core/json.js'
import type { SplitRows } from './group-rows.js'

const ours = new Set(['key', 'fine', 'expert', 'distance', 'ooc', 'captions', 'url'])

/**
 * The `.json` member: our fields, and those of the crawl, which get the prefix `crawl_` if the names collide.
 */
export function sampleJson({ samples, assignments }: SplitRows, index: number): string {
  const metadata = samples.metadata[index]
  const captions = samples.captions[index]
  const url = samples.url[index]
  const crawl = Object.entries(metadata ? parseJson(metadata, 'the metadata of a sample', map(anyJson)) : {})
  const assigned = assignments.reason[index] === null
  return canonicalJson({
    ...Object.fromEntries(crawl.map(([name, value]) => [ours.has(name) ? `crawl_${name}` : name, value])),
    ...(captions ? { captions } : {}),
    ...(url ? { url } : {}),
    key: samples.key[index] as string,
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

/** The `.json` member of a copy in another expert's set. */
export function asOutOfCluster(json: Uint8Array): Uint8Array {
  return new TextEncoder().encode(
    canonicalJson({ ...parseJson(json, 'a sample of the journal', map(anyJson)), ooc: true }),
  )
}

/** Six digits cover the precision of float32. */
const rounded = (value: number): number => Number(value.toPrecision(6))
