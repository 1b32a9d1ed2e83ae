import { makeVector } from 'apache-arrow'
import { decodeTable, encodeTable, strings, utf8 } from '../arrow.js'

/** Rows of a `vectors.npy` that are not vectors (all zeros there), with reasons. */
export interface Invalid {
  readonly length: number
  /** Row of the array, ascending. */
  readonly index: Uint32Array
  readonly reason: readonly string[]
}

export function encodeInvalid(rows: Invalid): Uint8Array {
  return encodeTable(rows.length, { index: makeVector(rows.index), reason: utf8(rows.reason) })
}

/** Throws `E_ARROW`. */
export function decodeInvalid(bytes: Uint8Array): Invalid {
  const table = decodeTable(bytes, ['index', 'reason'], 'invalid.arrow')
  return {
    length: table.numRows,
    index: table.getChild('index')?.toArray() as Uint32Array,
    reason: strings(table, 'reason') as string[],
  }
}
