import { expertFolder } from '../../core/model-key.js'

/**
 * A set under construction, of an expert or the hold-out set: numbers of samples in the journal, each flagged
 * if it is an out-of-cluster copy (`ooc`).
 */
export class OutputSet {
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
export class OutputSets {
  private readonly experts: readonly OutputSet[]
  readonly holdout = new OutputSet()

  constructor(experts: number) {
    this.experts = Array.from({ length: experts }, () => new OutputSet())
  }

  expert(expert: number): OutputSet {
    return this.experts[expert] as OutputSet
  }

  /** The sets that have samples, by folder. */
  *filled(): Iterable<readonly [string, OutputSet]> {
    for (const [expert, set] of this.experts.entries()) if (set.length > 0) yield [expertFolder(expert), set]
    if (this.holdout.length > 0) yield ['holdout', this.holdout]
  }
}
