import { Field, List, makeVector, Utf8, vectorFromArray, type Vector } from 'apache-arrow'
import { decodeTable, encodeTable, strings, utf8 } from '../arrow.js'

/** What `ingest` keeps of a split, column by column; all columns have `length` entries. */
export interface Samples {
  readonly length: number
  /** Position in the input shard. */
  readonly row: Uint32Array
  readonly key: readonly string[]
  /** The chosen one. */
  readonly caption: readonly string[]
  /** All captions of the pair, where there are several. */
  readonly captions: readonly (readonly string[] | null)[]
  /** 1: kept out of training, for evaluation. */
  readonly holdout: Uint8Array
  /**
   * Image inside a tar: name of the member, offset and size of its bytes. Null, and zeros, where the row
   * itself carries the bytes or there are none.
   */
  readonly member: readonly (string | null)[]
  readonly offset: Float64Array
  readonly size: Float64Array
  readonly url: readonly (string | null)[]
  /** Canonical JSON of the other fields of the pair. */
  readonly metadata: readonly (string | null)[]
}

const columns = [
  'row',
  'key',
  'caption',
  'captions',
  'holdout',
  'member',
  'offset',
  'size',
  'url',
  'metadata',
]

export function encodeSamples(rows: Samples): Uint8Array {
  return encodeTable(rows.length, {
    row: makeVector(rows.row),
    key: utf8(rows.key),
    caption: utf8(rows.caption),
    captions: vectorFromArray(
      rows.captions as (string[] | null)[],
      new List(new Field('item', new Utf8(), false)),
    ),
    holdout: makeVector(rows.holdout),
    member: utf8(rows.member),
    offset: makeVector(rows.offset),
    size: makeVector(rows.size),
    url: utf8(rows.url),
    metadata: utf8(rows.metadata),
  })
}

/** Throws `E_ARROW`. */
export function decodeSamples(bytes: Uint8Array): Samples {
  const table = decodeTable(bytes, columns, 'samples.arrow')
  const lists = table.getChild('captions') as Vector<List<Utf8>>
  const array = <T>(name: string) => table.getChild(name)?.toArray() as T
  return {
    length: table.numRows,
    row: array<Uint32Array>('row'),
    key: strings(table, 'key') as string[],
    caption: strings(table, 'caption') as string[],
    captions: Array.from({ length: table.numRows }, (_, i) => {
      const list = lists.get(i)
      return list === null ? null : [...list].map((text) => text ?? '')
    }),
    holdout: array<Uint8Array>('holdout'),
    member: strings(table, 'member'),
    offset: array<Float64Array>('offset'),
    size: array<Float64Array>('size'),
    url: strings(table, 'url'),
    metadata: strings(table, 'metadata'),
  }
}
