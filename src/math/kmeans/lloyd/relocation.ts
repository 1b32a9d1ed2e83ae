import { unitOfRow, type RowKey } from '../../../core/random.js'

/** A point that an empty cluster's centre can move to, with the priority of its draw. */
export interface RelocationCandidate {
  readonly priority: number
  readonly vector: Float32Array
}

/**
 * Points far from their centre, kept during a pass: empty clusters are relocated to them. They are drawn in
 * proportion to their squared distance (priority D²/u), so that a single outlier does not attract every empty
 * cluster. The choice is a function of (seed, pass, vector) alone: candidates of parts of the data, merged,
 * are those of the whole.
 */
export class RelocationCandidates {
  private readonly width: number
  private readonly capacity: number
  private entries: RelocationCandidate[] = []
  private threshold = 0

  constructor(width: number, capacity: number) {
    this.width = width
    this.capacity = capacity
  }

  /** `word` identifies the vector in draws. */
  offer(vectors: Float32Array, at: number, squared: number, word: number, key: RowKey, pass: number): void {
    if (squared <= this.threshold) return
    const priority = squared / (unitOfRow(key, word, pass) + Number.MIN_VALUE)
    if (priority > this.threshold) this.keep({ priority, vector: vectors.slice(at, at + this.width) })
  }

  /** Adds the candidates of another part of the data. */
  merge(others: readonly RelocationCandidate[]): void {
    for (const other of others) this.keep(other)
  }

  /** The candidates, highest priority first. */
  take(): readonly RelocationCandidate[] {
    this.shrink()
    return this.entries
  }

  private keep(point: RelocationCandidate): void {
    this.entries.push(point)
    if (this.entries.length >= 2 * this.capacity) this.shrink()
  }

  private shrink(): void {
    this.entries.sort((a, b) => b.priority - a.priority || compare(a.vector, b.vector))
    this.entries.length = Math.min(this.entries.length, this.capacity)
    if (this.entries.length === this.capacity) this.threshold = this.entries.at(-1)!.priority
  }
}

function compare(a: Float32Array, b: Float32Array): number {
  const at = a.findIndex((value, t) => value !== b[t])
  return at < 0 ? 0 : a[at]! - b[at]!
}
