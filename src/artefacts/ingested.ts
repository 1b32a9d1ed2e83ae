import { flag, object, optional, text, type Shape } from '../core/shape.js'
import { putPretty, type Puts } from './document.js'
import { readOrRecall, type Recorded } from './recorded.js'

/** `ingest.json`: how one split of the crawl was read, for who reads it again. */
export interface Ingested {
  /** The columns or fields that were named; those that were not are found by well-known names. */
  readonly fields: CrawlFields
  /** False: no row has an image, only addresses. */
  readonly images: boolean
}

export interface CrawlFields {
  readonly caption_field?: string | undefined
  readonly image_field?: string | undefined
  readonly url_field?: string | undefined
}

export const ingested: Shape<Ingested> = object({
  fields: object<CrawlFields>({
    caption_field: optional(text),
    image_field: optional(text),
    url_field: optional(text),
  }),
  images: flag,
})

export const ingestedName = 'ingest.json'

export function writeIngested(out: Puts, document: Ingested): Promise<void> {
  return putPretty(out, ingestedName, document)
}

/** Of a split whose shard was broken, earlier versions noted nothing. */
export function readIngested(artefact: Recorded): Promise<Ingested> {
  return readOrRecall(artefact, ingestedName, ingested, ({ fields, images }) => ({
    fields: fields ?? {},
    images: images ?? true,
  }))
}
