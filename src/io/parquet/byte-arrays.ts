import { isAscii } from 'node:buffer'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'

/**
 * Values of BYTE_ARRAY columns: strings for text, else views of the page. All functions throw an `Error` if
 * a length does not fit.
 */

/** PLAIN: each value after its length in four bytes. */
export function plainByteArrays(
  page: Uint8Array,
  at: number,
  count: number,
  text: boolean,
): (string | Uint8Array)[] {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const values = new Array<string | Uint8Array>(count)
  const part = text
    ? textOf(page, isAscii(page) || isAscii(withoutLengths(page, at, count)))
    : (start: number, end: number) => page.subarray(start, end)
  for (let i = 0; i < count; i++) {
    if (at + 4 > page.byteLength) throw short(i, count)
    const end = at + 4 + view.getUint32(at, true)
    if (end > page.byteLength) throw short(i, count)
    values[i] = part(at + 4, end)
    at = end
  }
  return values
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
export function deltaLengthByteArrays(
  page: Uint8Array,
  at: number,
  count: number,
  text: boolean,
): (string | Uint8Array)[] {
  const { lengths, next } = deltaLengths(page, at, count)
  const part = text ? textOf(page, isAscii(page)) : (start: number, end: number) => page.subarray(start, end)
  let start = next
  return Array.from(lengths, (length, i) => {
    if (length < 0 || start + length > page.byteLength) throw short(i, count)
    const value = part(start, start + length)
    start += length
    return value
  })
}

/** A page of prefixes grows with the square of its size; no honest writer makes one of this. */
const maxExpansion = 1 << 30

/** DELTA_BYTE_ARRAY: the length of the prefix shared with the previous value, and the suffix. */
export function deltaByteArrays(
  page: Uint8Array,
  at: number,
  count: number,
  text: boolean,
): (string | Uint8Array)[] {
  const { lengths: prefixes, next } = deltaLengths(page, at, count)
  const { lengths: suffixes, next: data } = deltaLengths(page, next, count)
  let start = data
  let before = new Uint8Array(0)
  let total = 0
  return Array.from(suffixes, (length, i) => {
    const kept = prefixes[i] as number
    total += kept + length
    if (
      length < 0 ||
      kept < 0 ||
      start + length > page.byteLength ||
      kept > before.byteLength ||
      total > maxExpansion
    )
      throw short(i, count)
    const value = new Uint8Array(kept + length)
    value.set(before.subarray(0, kept))
    value.set(page.subarray(start, start + length), kept)
    start += length
    before = value
    return text ? Buffer.from(value.buffer).toString() : value
  })
}

function deltaLengths(page: Uint8Array, at: number, count: number): { lengths: Int32Array; next: number } {
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: at }
  const lengths = new Int32Array(count)
  deltaBinaryUnpack(reader, count, lengths)
  return { lengths, next: reader.offset }
}

/**
 * Decodes parts of a page. A page of ASCII is decoded once; its parts then share its characters, at no more
 * memory than the bytes took.
 */
function textOf(page: Uint8Array, ascii: boolean): (start: number, end: number) => string {
  // A Buffer, since `TextDecoder` takes several times as long for short texts. Invalid bytes become U+FFFD
  // with both.
  const buffer = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
  if (!ascii) return (start, end) => buffer.toString('utf8', start, end)
  const whole = buffer.toString('latin1')
  return (start, end) => whole.slice(start, end)
}

/** Lengths of 128 and more are no characters. */
function withoutLengths(page: Uint8Array, at: number, count: number): Uint8Array {
  // Not `slice`: that of a Buffer is a view.
  const copy = new Uint8Array(page.subarray(at))
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength)
  for (let i = 0, start = 0; i < count && start + 4 <= copy.byteLength; i++) {
    const length = view.getUint32(start, true)
    view.setUint32(start, 0)
    start += 4 + length
  }
  return copy
}

const short = (at: number, count: number) => new Error(`value ${at} of ${count} reaches beyond its page`)
