import type { ByteSource } from '../source.js'
import { readWebDataset } from '../tar/webdataset.js'
import { keyHash } from './key-hash.js'

/**
 * Finds duplicate keys with 8 bytes of memory per key: first compares 52 bits of their hashes, and reads
 * the shards again only for keys whose hashes agree.
 */
export class KeySet {
  private hashes = new Float64Array(1 << 12)
  private length = 0

  add(key: string): void {
    if (this.length === this.hashes.length) {
      const wider = new Float64Array(this.length * 2)
      wider.set(this.hashes)
      this.hashes = wider
    }
    this.hashes[this.length++] = keyHash(key)
  }

  /**
   * Keys that were added more than once, in code unit order. `shards` opens the shards that the keys came
   * from.
   */
  async repeated(shards: () => AsyncIterable<ByteSource>): Promise<string[]> {
    const sorted = this.hashes.subarray(0, this.length).sort()
    const suspects = new Set<number>()
    for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) suspects.add(sorted[i] as number)
    if (suspects.size === 0) return []
    const seen = new Map<string, number>()
    for await (const shard of shards()) {
      try {
        for await (const { key } of readWebDataset(shard, { wanted: () => false })) {
          if (suspects.has(keyHash(key))) seen.set(key, (seen.get(key) ?? 0) + 1)
        }
      } catch {
        // A broken tar is reported as a separate finding.
      }
    }
    return [...seen]
      .filter(([, times]) => times > 1)
      .map(([key]) => key)
      .sort()
  }
}
