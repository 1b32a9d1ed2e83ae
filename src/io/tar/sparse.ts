import { blockSize, numberAt } from './header.js'
import { paxNumber, paxText, type PaxRecords } from './pax.js'

/** Where the stored pieces of a file with holes belong. */
export interface SparseMap {
  /** Bytes of the whole file. */
  readonly size: number
  /** Offsets and lengths of the pieces, in turn; undefined where the map comes before the data (pax 1.0). */
  readonly pieces: readonly number[] | undefined
}

/** The part of a map that is in a header; `extended` where blocks with more of it follow. */
export type SparseHeader = SparseMap & { readonly extended: boolean }

/** Four pairs of numbers in the header, as GNU tar wrote before pax. */
export function sparseHeader(block: Uint8Array): SparseHeader {
  return {
    size: numberAt(block, 483, 12),
    pieces: numbersIn(block, 386, 4),
    extended: block[482] !== 0,
  }
}

/** A block that continues the map of a header. */
export function sparseExtension(block: Uint8Array): {
  readonly pieces: number[]
  readonly extended: boolean
} {
  return { pieces: numbersIn(block, 0, 21), extended: block[504] !== 0 }
}

function numbersIn(block: Uint8Array, start: number, pairs: number): number[] {
  const pieces: number[] = []
  for (let at = start; at < start + pairs * 24; at += 24) {
    // An unused pair begins with a NUL.
    if (block[at] === 0) break
    pieces.push(numberAt(block, at, 12), numberAt(block, at + 12, 12))
  }
  return pieces
}

/** The map of a pax member: versions 0.0 (records), 0.1 (one record) and 1.0 (before the data). */
export function sparsePax(records: PaxRecords): SparseMap | undefined {
  if (!records.some(([keyword]) => keyword.startsWith('GNU.sparse.'))) return undefined
  const size = paxNumber(records, 'GNU.sparse.realsize') ?? paxNumber(records, 'GNU.sparse.size')
  if (size === undefined) return undefined
  if (paxText(records, 'GNU.sparse.major') === '1') return { size, pieces: undefined }
  const list = paxText(records, 'GNU.sparse.map')
  if (list !== undefined) return { size, pieces: list.split(',').map(Number) }
  const pieces = records.filter(([keyword]) => /^GNU\.sparse\.(offset|numbytes)$/.test(keyword))
  return { size, pieces: pieces.map(([, value]) => Number(Buffer.from(value).toString('latin1'))) }
}

/** The whole file from what is stored of it; undefined if the map does not fit. */
export function withHoles({ size, pieces }: SparseMap, stored: Uint8Array): Uint8Array | undefined {
  const before = pieces ? { pieces, start: 0 } : mapBefore(stored)
  if (!before || before.pieces.length % 2 !== 0) return undefined
  const whole = new Uint8Array(size)
  let from = before.start
  for (let i = 0; i < before.pieces.length; i += 2) {
    const [offset, length] = [before.pieces[i] as number, before.pieces[i + 1] as number]
    const fits =
      isCount(offset) && isCount(length) && offset + length <= size && from + length <= stored.length
    if (!fits) return undefined
    whole.set(stored.subarray(from, from + length), offset)
    from += length
  }
  return from === stored.length ? whole : undefined
}

/** Decimal lines, padded to whole blocks: the number of pieces, then offset and length of each. */
function mapBefore(stored: Uint8Array): { pieces: number[]; start: number } | undefined {
  let at = 0
  const next = (): number => {
    const line = stored.indexOf(0x0a, at)
    if (line < 0 || line - at > 20) return Number.NaN
    const digits = Buffer.from(stored.subarray(at, line)).toString('latin1')
    at = line + 1
    return /^\d+$/.test(digits) ? Number(digits) : Number.NaN
  }
  const count = next()
  // Every number takes two bytes at least.
  if (!(count * 4 <= stored.length)) return undefined
  const pieces = Array.from({ length: count * 2 }, next)
  return { pieces, start: Math.ceil(at / blockSize) * blockSize }
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
