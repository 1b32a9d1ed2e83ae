import { unitOfRow, type RowKey } from '../../core/random.js'

/**
 * Points far from their centre, kept during a pass to become the new places of centres that lost all their points.
 * They are drawn in proportion to the squared distance, as priority D²/u, so that no single outlier attracts every dead centre
 * and the choice is a function of (seed, pass, row) alone.
 */
export class RemotePoints {
  private readonly width: number
  private readonly capacity: number
  private entries: { priority: number; row: number; vector: Float32Array }[] = []
  private threshold = 0

  constructor(width: number, capacity: number) {
    this.width = width
    this.capacity = capacity
  }

  offer(vectors: Float32Array, at: number, squared: number, row: number, key: RowKey, pass: number): void {
    if (squared <= this.threshold) return
    const priority = squared / (unitOfRow(key, row, pass) + Number.MIN_VALUE)
    if (priority <= this.threshold) return
    this.entries.push({ priority, row, vector: vectors.slice(at, at + this.width) })
    if (this.entries.length >= 2 * this.capacity) this.shrink()
  }

  /** Highest priority first. */
  take(): readonly Float32Array[] {
    this.shrink()
    return this.entries.map((entry) => entry.vector)
  }

  private shrink(): void {
    this.entries.sort((a, b) => b.priority - a.priority || a.row - b.row)
    this.entries.length = Math.min(this.entries.length, this.capacity)
    if (this.entries.length === this.capacity) this.threshold = this.entries.at(-1)!.priority
  }
}
