import type { Advice } from '../../artefacts/drift.js'
import type { Quantiles } from '../../math/quality/quantiles.js'

export interface Compared {
  /** Share of later rows farther than the old 99th percentile. */
  readonly beyond: number
  readonly now: Quantiles
  readonly before: Quantiles
  /** Half the summed difference of the experts' shares, 0 to 1. */
  readonly shift: number
  readonly maxBeyond: number
}

/** Once half of the rows have moved, experts that were balanced no longer are. */
const largeShift = 0.5

export function advise({ beyond, now, before, shift, maxBeyond }: Compared): Advice {
  const because: string[] = []
  if (now.p50 > before.p75)
    because.push(
      `half of the rows lie farther out than ${number(before.p75)}, where a quarter did: ` +
        'no expert describes them as it used to',
    )
  if (shift > largeShift)
    because.push(
      `the experts' shares of the rows moved by ${percent(shift)}: the experts are no longer balanced`,
    )
  if (because.length > 0) return { advice: 'cluster_again', because }
  if (beyond > maxBeyond) {
    return {
      advice: 'add_expert',
      because: [
        `${percent(beyond)} of the rows lie beyond the old 99th percentile of distances, ` +
          'while the rest lie as before: a new expert can hold them',
      ],
    }
  }
  return {
    advice: 'keep',
    because: [
      `${percent(beyond)} of the rows lie beyond the old 99th percentile ` +
        'of distances (1 % would without any drift)',
    ],
  }
}

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`
const number = (value: number) => String(Number(value.toPrecision(3)))
