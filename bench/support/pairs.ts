import { Random } from '../../src/core/random.js'

export interface BenchPair {
  readonly key: string
  readonly image: Uint8Array
  readonly text: Uint8Array
  readonly json: Uint8Array
}

/**
 * Samples of the same size. The image bytes are noise, since they are not decoded: slices of one block at
 * varying offsets.
 */
export function pairsOf(count: number, imageBytes: number): BenchPair[] {
  const random = new Random('pairs')
  const noise = Uint8Array.from({ length: imageBytes * 2 }, () => random.bits() & 255)
  const encoder = new TextEncoder()
  return Array.from({ length: count }, (_, i) => {
    const start = i % imageBytes
    const key = `0123456789${String(i).padStart(8, '0')}`
    return {
      key,
      image: noise.subarray(start, start + imageBytes),
      text: encoder.encode(`a photo of something, number ${i}, as somebody would describe it`),
      json: encoder.encode(JSON.stringify({ expert: i % 4, fine: i % 1024, key, ooc: false })),
    }
  })
}
