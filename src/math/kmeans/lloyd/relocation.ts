import { unitOfRow, type RowKey } from '../../../core/random.js'

/** A place for a centre that lost its points, with the priority that it was drawn with. */
export interface RelocationCandidate {
  readonly priority: number
  readonly vector: Float32Array
}

/**
 * Points far from their centre, kept during a pass to become the new places of centres that lost all their
 * points. They are drawn in proportion to the squared distance, as priority D²/u, so that no single outlier
 * attracts every dead centre and the choice is a function of (seed, pass, vector) alone: parts of the data,
 * passed by themselves, give the same places when they are merged.
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

  /** `word` stands for the vector in draws. */
  offer(vectors: Float32Array, at: number, squared: number, word: number, key: RowKey, pass: number): void {
    if (squared <= this.threshold) return
    const priority = squared / (unitOfRow(key, word, pass) + Number.MIN_VALUE)
    if (priority > this.threshold) this.keep({ priority, vector: vectors.slice(at, at + this.width) })
  }

  /** Those of another part of the data. */
  merge(others: readonly RelocationCandidate[]): void {
    for (const other of others) this.keep(other)
  }

  /** Highest priority first. */
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
