import { gzipSync } from 'node:zlib'
import { Zstd } from '@hpcc-js/wasm-zstd'

const mask = (1n << 64n) - 1n
const primes = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const
const times = (a: bigint, b: bigint) => (a * b) & mask
const turn = (a: bigint, by: bigint) => ((a << by) | (a >> (64n - by))) & mask

/** XXH64 with seed 0 of fewer than 32 bytes. */
function shortXxh64(bytes: Uint8Array): bigint {
  const [p1, p2, p3, p4, p5] = primes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let hash = (p5 + BigInt(bytes.byteLength)) & mask
  let at = 0
  for (; at + 8 <= bytes.byteLength; at += 8) {
    hash ^= times(turn(times(view.getBigUint64(at, true), p2), 31n), p1)
    hash = (times(turn(hash, 27n), p1) + p4) & mask
  }
  if (at + 4 <= bytes.byteLength) {
    hash ^= times(BigInt(view.getUint32(at, true)), p1)
    hash = (times(turn(hash, 23n), p2) + p3) & mask
    at += 4
  }
  for (; at < bytes.byteLength; at++) {
    hash ^= times(BigInt(bytes[at] as number), p5)
    hash = times(turn(hash, 11n), p1)
  }
  hash = times(hash ^ (hash >> 33n), p2)
  hash = times(hash ^ (hash >> 29n), p3)
  return hash ^ (hash >> 32n)
}

const uint32 = (value: number) => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

export interface RawFrame {
  /** Fewer than 32 bytes, as one raw block. */
  readonly content: Uint8Array
  /** Exponent of the window, from 10. */
  readonly window?: number
  readonly dictionary?: number
}

/** A zstd frame with a window descriptor and a checksum, by hand (RFC 8878). */
export function rawFrame({ content, window = 10, dictionary }: RawFrame): Uint8Array {
  const flags = 4 | (dictionary === undefined ? 0 : 1)
  return joined([
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, flags, (window - 10) << 3),
    dictionary === undefined ? new Uint8Array(0) : Uint8Array.of(dictionary),
    uint32(1 | (content.byteLength << 3)).subarray(0, 3),
    content,
    uint32(Number(shortXxh64(content) & 0xffffffffn)),
  ])
}

export const skippableFrame = (content: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18), uint32(content.byteLength), content])

const zstd = await Zstd.load()

export const zstdOf = (content: Uint8Array, level = 3): Uint8Array =>
  content.byteLength === 0
    ? rawFrame({ content })
    : new Uint8Array(zstd.compress(new Uint8Array(content), level))

export const gzipOf = (content: Uint8Array): Uint8Array => new Uint8Array(gzipSync(content))

/** Pieces of these lengths, repeated. */
export async function* inPieces(bytes: Uint8Array, lengths: readonly number[]): AsyncIterable<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.byteLength; i++) {
    const length = Math.max(1, lengths[i % lengths.length] ?? bytes.byteLength)
    yield bytes.subarray(at, at + length)
    at += length
  }
}
