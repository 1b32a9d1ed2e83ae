import type { Json } from '../../core/json.js'
import type { InputFormat } from '../crawl/formats.js'
import type { CrawlRow } from '../crawl/row.js'
import { type Inspection, plain } from './inspection.js'

/** Inspects an input format without a special inspection, by its rows as `ingest` reads them. */
export async function inspectRows(
  kind: InputFormat,
  crawl: AsyncIterable<CrawlRow>,
  limit: number,
): Promise<Inspection> {
  const types = new Map<string, string>()
  const sample: { [name: string]: Json }[] = []
  let rows = 0
  for await (const { captions, image, url, metadata } of crawl) {
    rows += 1
    const row = {
      captions,
      url,
      image: image && { bytes: image.size ?? image.bytes?.byteLength },
      ...metadata,
    }
    const shown = Object.entries(row).filter(([, value]) => value !== undefined)
    for (const [name, value] of shown) if (!types.has(name)) types.set(name, typeOf(name, value))
    if (sample.length < limit)
      sample.push(Object.fromEntries(shown.map(([name, value]) => [name, plain(value)])))
  }
  return { kind, rows, columns: [...types].map(([name, type]) => ({ name, type })), sample }
}

function typeOf(name: string, value: unknown): string {
  if (name === 'image') return 'image'
  if (name === 'captions') return 'texts'
  return typeof value === 'string' ? 'text' : typeof value
}
