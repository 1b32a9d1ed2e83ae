import { PipelineError } from '../../core/error.js'
import { nameOf } from './name.js'

/** POSIX ustar header blocks (IEEE Std 1003.1, pax interchange format), with GNU's base-256 sizes. */

export const blockSize = 512

export interface TarHeader {
  readonly name: string
  readonly size: number
  /** `0` regular file, `5` folder, `x` and `g` pax records, `L` GNU long name, … */
  readonly type: string
}

/** Throws `E_TAR_CORRUPT` when the checksum does not fit. `place` is for the message. */
export function parseHeader(block: Uint8Array, place: string): TarHeader {
  if (!isHeader(block)) {
    const recorded = recordedSum(block)
    throw new PipelineError({
      code: 'E_TAR_CORRUPT',
      message: 'a header of this tar is damaged',
      place,
      expected: `checksum ${sumOf(block).toString(8)}`,
      found: Number.isNaN(recorded) ? 'no checksum at all' : recorded.toString(8),
      hint: 'the file is not a tar, is compressed, or was cut or overwritten',
    })
  }
  const prefix =
    latin1(block, 257, 5) === 'ustar' && latin1(block, 257, 8) !== 'ustar  \0' ? nameAt(block, 345, 155) : ''
  const name = nameAt(block, 0, 100)
  return {
    name: prefix ? `${prefix}/${name}` : name,
    size: sizeOf(block, place),
    type: String.fromCharCode(block[156] || 48),
  }
}

/** Whether the checksum fits: over unsigned bytes or, as some old writers computed it, signed ones. */
export function isHeader(block: Uint8Array): boolean {
  const recorded = recordedSum(block)
  const sum = sumOf(block)
  if (recorded === sum) return true
  let signed = sum
  for (let i = 0; i < blockSize; i++) if ((i < 148 || i >= 156) && (block[i] as number) > 127) signed -= 256
  return recorded === signed
}

export function isZero(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false
  return true
}

const recordedSum = (block: Uint8Array) => parseInt(latin1(block, 148, 8).trim(), 8)

function sumOf(block: Uint8Array): number {
  let sum = 8 * 32
  for (let i = 0; i < blockSize; i++) if (i < 148 || i >= 156) sum += block[i] as number
  return sum
}

function sizeOf(block: Uint8Array, place: string): number {
  const size = numberAt(block, 124, 12)
  if (Number.isSafeInteger(size) && size >= 0) return size
  throw new PipelineError({
    code: 'E_TAR_CORRUPT',
    message: 'a member of this tar has no valid size',
    place,
    found: latin1(block, 124, 12),
  })
}

/** A field in octal digits, or in GNU's base 256; NaN if it is neither, or negative. */
export function numberAt(block: Uint8Array, at: number, length: number): number {
  const first = block[at] as number
  if (first < 0x80) return parseInt(latin1(block, at, length).replace(/\0.*$/, '').trim() || '0', 8)
  if (first >= 0xc0) return Number.NaN
  let value = first & 0x3f
  for (let i = at + 1; i < at + length; i++) value = value * 256 + (block[i] as number)
  return value
}

/**
 * The header of a regular file, the same bytes every time: no clock, no owner, mode 0644. Names over 100
 * bytes are split at a slash; names that cannot be split are refused, since the shards' own names are short.
 */
export function fileHeader(name: string, size: number): Uint8Array {
  const block = blank.slice()
  const encoded = encoder.encode(name)
  if (encoded.length <= 100) block.set(encoded)
  else {
    const slash = encoded.lastIndexOf(0x2f, 155)
    if (slash <= 0 || encoded.length - slash - 1 > 100)
      throw new RangeError(`tar member name too long: ${name}`)
    block.set(encoded.subarray(slash + 1))
    block.set(encoded.subarray(0, slash), 345)
  }
  if (size >= 8 ** 11) throw new RangeError(`tar member too large: ${size} bytes`)
  octal(block, 124, 11, size)
  // The fields between are those of the blank.
  let sum = blankSum
  for (let i = 0; i < 100; i++) sum += block[i]!
  for (let i = 124; i < 135; i++) sum += block[i]!
  for (let i = 345; i < 500; i++) sum += block[i]!
  octal(block, 148, 6, sum)
  block[154] = 0
  return block
}

const encoder = new TextEncoder()
/** A header without name, size and checksum, whose eight bytes count as spaces. */
const blank = new Uint8Array(blockSize)
ascii(blank, 100, '0000644\0')
ascii(blank, 108, '0000000\0')
ascii(blank, 116, '0000000\0')
ascii(blank, 136, '00000000000\0')
ascii(blank, 148, '        ')
blank[156] = 48
ascii(blank, 257, 'ustar\x0000')
ascii(blank, 329, '0000000\0')
ascii(blank, 337, '0000000\0')
const blankSum = blank.reduce((sum, byte) => sum + byte, 0)

function octal(block: Uint8Array, at: number, digits: number, value: number): void {
  let left = value
  for (let i = at + digits - 1; i >= at; i--) {
    block[i] = 48 + (left % 8)
    left = Math.floor(left / 8)
  }
}

/** Bytes that fill a member of this size up to a whole block. */
export const paddingOf = (size: number): number => (blockSize - (size % blockSize)) % blockSize

function ascii(block: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) block[at + i] = text.charCodeAt(i)
}

function latin1(block: Uint8Array, at: number, length: number): string {
  let text = ''
  for (let i = at; i < at + length; i++) text += String.fromCharCode(block[i] as number)
  return text
}

function nameAt(block: Uint8Array, at: number, length: number): string {
  const end = block.indexOf(0, at)
  return nameOf(block.subarray(at, end < 0 || end > at + length ? at + length : end))
}
