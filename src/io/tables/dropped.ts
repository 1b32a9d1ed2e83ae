import { makeVector } from 'apache-arrow'
import { decodeTable, encodeTable, strings, utf8 } from '../arrow.js'

/** Rows that did not become samples, with reasons. */
export interface Dropped {
  readonly length: number
  /** Position in the input shard. */
  readonly row: Uint32Array
  readonly reason: readonly string[]
  /** What was found, in words; empty where the reason says it all. */
  readonly detail: readonly string[]
}

export function encodeDropped(rows: Dropped): Uint8Array {
  return encodeTable(rows.length, {
    row: makeVector(rows.row),
    reason: utf8(rows.reason),
    detail: utf8(rows.detail),
  })
}

/** Throws `E_ARROW`. */
export function decodeDropped(bytes: Uint8Array): Dropped {
  const table = decodeTable(bytes, ['row', 'reason', 'detail'], 'dropped.arrow')
  return {
    length: table.numRows,
    row: table.getChild('row')?.toArray() as Uint32Array,
    reason: strings(table, 'reason') as string[],
    detail: strings(table, 'detail') as string[],
  }
}
