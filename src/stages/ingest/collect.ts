import type { Dropped } from '../../io/tables/dropped.js'
import type { Samples } from '../../io/tables/samples.js'

export interface SampleRow {
  readonly row: number
  readonly key: string
  readonly caption: string
  readonly captions: readonly string[] | null
  readonly holdout: boolean
  readonly member: string | null
  readonly offset: number
  readonly size: number
  readonly url: string | null
  readonly metadata: string | null
}

/** Collects the rows of one split as columns. */
export class SampleColumns {
  private readonly rows: SampleRow[] = []
  /** Number of unusable captions in rows that have a usable one, by reason. */
  readonly aside: { [reason: string]: number } = {}
  private readonly lost: { row: number; reason: string; detail: string }[] = []

  add(row: SampleRow): void {
    this.rows.push(row)
  }

  drop(row: number, reason: string, detail: string): void {
    this.lost.push({ row, reason, detail })
  }

  setAside(reason: string): void {
    this.aside[reason] = (this.aside[reason] ?? 0) + 1
  }

  get length(): number {
    return this.rows.length
  }

  /** Discards all samples: the shard turned out to be broken. */
  clear(): void {
    this.rows.length = 0
    this.lost.length = 0
  }

  samples(): Samples {
    const rows = this.rows
    return {
      length: rows.length,
      row: Uint32Array.from(rows, (each) => each.row),
      key: rows.map((each) => each.key),
      caption: rows.map((each) => each.caption),
      captions: rows.map((each) => each.captions),
      holdout: Uint8Array.from(rows, (each) => (each.holdout ? 1 : 0)),
      member: rows.map((each) => each.member),
      offset: Float64Array.from(rows, (each) => each.offset),
      size: Float64Array.from(rows, (each) => each.size),
      url: rows.map((each) => each.url),
      metadata: rows.map((each) => each.metadata),
    }
  }

  dropped(): Dropped {
    return {
      length: this.lost.length,
      row: Uint32Array.from(this.lost, (each) => each.row),
      reason: this.lost.map((each) => each.reason),
      detail: this.lost.map((each) => each.detail.replace(/[\p{Cc}]/gu, '\uFFFD')),
    }
  }
}
