import { canonicalJson, type Json } from '../../core/json.js'
import { createParquet, type WrittenColumns } from '../../io/parquet/write.js'
import type { ShardFormat } from './set-files.js'

/** A reader of a few rows fetches a whole row group; one of this size arrives in about a second. */
const rowGroupBytes = 32e6
const rowGroupRows = 1_000

const types = {
  image: { type: 'image' },
  caption: { type: 'text' },
  key: { type: 'text' },
  fine: { type: 'integer' },
  expert: { type: 'integer' },
  ooc: { type: 'flag' },
  metadata: { type: 'text' },
} as const

const dtypes = { text: 'string', integer: 'int32', flag: 'bool' } as const

/**
 * What Hugging Face `datasets` reads from the footer: without it the image would be a struct of bytes rather
 * than a picture.
 */
const features = Object.fromEntries(
  Object.entries(types).map(([name, { type }]) => [
    name,
    type === 'image' ? { _type: 'Image' } : { dtype: dtypes[type], _type: 'Value' },
  ]),
)
const footer = { huggingface: canonicalJson({ info: { features } }) }

interface Row {
  readonly image: { readonly bytes: Uint8Array; readonly path: string }
  readonly caption: string
  readonly key: string
  readonly fine: number | null
  readonly expert: number | null
  readonly ooc: boolean
  readonly metadata: string
}

/**
 * Parquet with image bytes, for Hugging Face `datasets` and for query engines; `metadata` is the rest of the
 * JSON member.
 */
export const parquetShards: ShardFormat = {
  extension: 'parquet',
  overhead: 64,
  async open(file) {
    const writer = await createParquet(file, types, footer)
    const decoder = new TextDecoder()
    let rows: Row[] = []
    let bytes = 0
    const flush = async () => {
      if (rows.length > 0) await writer.write(columnsOf(rows))
      rows = []
      bytes = 0
    }
    return {
      async add({ key, image, extension, caption, json }, ooc) {
        const {
          fine,
          expert,
          key: _,
          ooc: __,
          ...rest
        } = JSON.parse(decoder.decode(json)) as { [name: string]: Json }
        rows.push({
          image: { bytes: new Uint8Array(image), path: `${key}.${extension}` },
          caption: decoder.decode(caption),
          key,
          fine: (fine as number | undefined) ?? null,
          expert: (expert as number | undefined) ?? null,
          ooc,
          metadata: canonicalJson(rest),
        })
        bytes += image.byteLength
        if (bytes >= rowGroupBytes || rows.length >= rowGroupRows) await flush()
      },
      async end() {
        await flush()
        await writer.end()
      },
    }
  },
}

function columnsOf(rows: readonly Row[]): WrittenColumns {
  return {
    image: { type: 'image', values: rows.map((row) => row.image) },
    caption: { type: 'text', values: rows.map((row) => row.caption) },
    key: { type: 'text', values: rows.map((row) => row.key) },
    fine: { type: 'integer', values: rows.map((row) => row.fine) },
    expert: { type: 'integer', values: rows.map((row) => row.expert) },
    ooc: { type: 'flag', values: rows.map((row) => row.ooc) },
    metadata: { type: 'text', values: rows.map((row) => row.metadata) },
  }
}
