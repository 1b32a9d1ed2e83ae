import { flag, object, optional, text, type Shape } from '../core/shape.js'
import { putPretty, type DocumentSink } from './document.js'
import { readOrReconstruct, type Recorded } from './recorded.js'

/** `ingest.json`: how one split of the crawl was read, so that it can be read again. */
export interface Ingested {
  /** The columns or fields named in the options; others are found by well-known names. */
  readonly fields: CrawlFields
  /** False: no row has an image, only a URL. */
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

export function writeIngested(out: DocumentSink, document: Ingested): Promise<void> {
  return putPretty(out, ingestedName, document)
}

/** Earlier versions noted nothing for a split whose shard was broken. */
export function readIngested(artefact: Recorded): Promise<Ingested> {
  return readOrReconstruct(artefact, ingestedName, ingested, ({ fields, images }) => ({
    fields: fields ?? {},
    images: images ?? true,
  }))
}
