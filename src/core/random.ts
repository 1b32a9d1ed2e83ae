import { createHash } from 'node:crypto'

/**
 * Seeded random number generator (sfc32, Chris Doty-Humphrey's PractRand) whose state is the SHA-256 of its
 * seed parts, so that streams of different tasks never overlap by accident.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(...seed: readonly (string | number)[]) {
    const digest = createHash('sha256').update(seed.join('\u0000')).digest()
    this.a = digest.readInt32LE(0)
    this.b = digest.readInt32LE(4)
    this.c = digest.readInt32LE(8)
    this.d = digest.readInt32LE(12)
    for (let i = 0; i < 12; i++) this.bits()
  }

  /** 32 random bits, unsigned. */
  bits(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0
    this.d = (this.d + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (this.c << 21) | (this.c >>> 11)
    this.c = (this.c + t) | 0
    return t >>> 0
  }

  /** Uniform in [0, 1) with 53 bits. */
  unit(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992
  }

  /** Uniform integer in [0, bound), without modulo bias. `bound` is 1 to 2^32. */
  below(bound: number): number {
    const limit = 4294967296 - (4294967296 % bound)
    let value = this.bits()
    while (value >= limit) value = this.bits()
    return value % bound
  }

  /** Fisher-Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const swapped = items[i]
      items[i] = items[j]
      items[j] = swapped
    }
    return items
  }
}

/**
 * A uniform number in [0, 1) that is a pure function of seed and row, for random choices about a row that
 * must not depend on other rows. `key` is one `rowKey` per seed, shard and purpose.
 */
export function unitOfRow(key: RowKey, row: number, salt = 0): number {
  let x = (key.low ^ Math.imul(row + 1, 0x9e3779b1)) | 0
  let y = (key.high ^ Math.imul(salt + 1, 0x85ebca6b)) | 0
  for (let round = 0; round < 3; round++) {
    x = mix(x ^ y)
    y = mix((y + Math.imul(x, 0xc2b2ae35)) | 0)
  }
  return ((x >>> 5) * 67108864 + (y >>> 6)) / 9007199254740992
}

export interface RowKey {
  readonly low: number
  readonly high: number
}

export function rowKey(...seed: readonly (string | number)[]): RowKey {
  const digest = createHash('sha256').update(seed.join('\u0000')).digest()
  return { low: digest.readInt32LE(0), high: digest.readInt32LE(4) }
}

/** The 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain). */
function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
