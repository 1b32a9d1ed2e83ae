import { expertFolder } from '../../core/model-key.js'

/**
 * A training set under construction: numbers of samples in the log, each flagged if it is an out-of-cluster
 * copy.
 */
export class TrainingSet {
  private entries = new Float64Array(256)
  length = 0
  ooc = 0

  add(number: number, ooc: boolean): void {
    if (this.length === this.entries.length) {
      const grown = new Float64Array(this.length * 2)
      grown.set(this.entries)
      this.entries = grown
    }
    this.entries[this.length++] = number * 2 + (ooc ? 1 : 0)
    if (ooc) this.ooc += 1
  }

  get own(): number {
    return this.length - this.ooc
  }

  /** A copy, for shuffling; `numberOf` and `isOoc` read its entries. */
  order(): Float64Array {
    return this.entries.slice(0, this.length)
  }
}

export const numberOf = (entry: number): number => Math.floor(entry / 2)
export const isOoc = (entry: number): boolean => entry % 2 === 1

/** `expert-00`, …, `holdout`. */
export class TrainingSets {
  private readonly experts: readonly TrainingSet[]
  readonly holdout = new TrainingSet()

  constructor(experts: number) {
    this.experts = Array.from({ length: experts }, () => new TrainingSet())
  }

  expert(expert: number): TrainingSet {
    return this.experts[expert] as TrainingSet
  }

  /** The sets that have samples, by folder. */
  *filled(): Iterable<readonly [string, TrainingSet]> {
    for (const [expert, set] of this.experts.entries()) if (set.length > 0) yield [expertFolder(expert), set]
    if (this.holdout.length > 0) yield ['holdout', this.holdout]
  }
}
