/**
 * Metrics over rows, each as a function of a list of row indices, so that the bootstrap can draw rows with
 * replacement.
 */
export type Statistic = (rows: Uint32Array) => number

/** Share of rows whose rank is below k: top-k accuracy, or R@k if any positive counts. */
export function withinTop(ranks: ArrayLike<number>, k: number): Statistic {
  return (rows) => {
    let hits = 0
    // The bootstrap runs this some hundred million times; an iterator would cost more than the comparison.
    for (let i = 0; i < rows.length; i++) if (ranks[rows[i]!]! < k) hits++
    return rows.length === 0 ? 0 : hits / rows.length
  }
}

/** Top-1 accuracy of each class, averaged over the classes that occur. */
export function meanPerClass(
  ranks: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Statistic {
  return (rows) => {
    const hits = new Float64Array(classes)
    const seen = new Float64Array(classes)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      seen[labels[row]!]!++
      if (ranks[row]! < 1) hits[labels[row]!]!++
    }
    let sum = 0
    let present = 0
    for (let label = 0; label < classes; label++) {
      if (seen[label]! === 0) continue
      present++
      sum += hits[label]! / seen[label]!
    }
    return present === 0 ? 0 : sum / present
  }
}

/** (top-1 + top-5) / 2, the metric of Kinetics700. */
export function meanOfTopOneAndFive(ranks: ArrayLike<number>): Statistic {
  const one = withinTop(ranks, 1)
  const five = withinTop(ranks, 5)
  return (rows) => (one(rows) + five(rows)) / 2
}

/**
 * Area under the ROC curve: the probability that a positive row scores above a negative one, ties counting
 * half (Mann-Whitney). 0.5 if one class is missing.
 */
export function rocAuc(scores: ArrayLike<number>, positive: ArrayLike<number>): Statistic {
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[a]! - scores[b]! || a - b,
  )
  return (rows) => {
    const drawn = new Uint32Array(scores.length)
    for (const row of rows) drawn[row]!++
    let positives = 0
    let negatives = 0
    let above = 0
    for (let start = 0; start < order.length;) {
      let end = start
      let tiedPositives = 0
      let tiedNegatives = 0
      while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
        const row = order[end++]!
        if (positive[row]) tiedPositives += drawn[row]!
        else tiedNegatives += drawn[row]!
      }
      above += tiedPositives * (negatives + tiedNegatives / 2)
      positives += tiedPositives
      negatives += tiedNegatives
      start = end
    }
    return positives === 0 || negatives === 0 ? 0.5 : above / (positives * negatives)
  }
}

/**
 * Average precision of one label: precision at each positive in the order of the scores, averaged over the
 * positives (a row drawn twice counts twice). 0 if no row is positive. `order` is `descending(scores)`.
 */
export function averagePrecision(
  order: Uint32Array,
  positive: ArrayLike<number>,
  drawn: ArrayLike<number>,
): number {
  let found = 0
  let rank = 0
  let sum = 0
  for (const row of order) {
    for (let copy = drawn[row]!; copy > 0; copy--) {
      rank++
      if (!positive[row]) continue
      found++
      sum += found / rank
    }
  }
  return found === 0 ? 0 : sum / found
}

/** Row numbers from the highest score to the lowest, ties by number. */
export function descending(scores: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[b]! - scores[a]! || a - b,
  )
}

/** Mean of the average precisions of the labels that occur (multilabel classification). */
export function meanAveragePrecision(
  labels: readonly { readonly order: Uint32Array; readonly positive: Uint8Array }[],
): Statistic {
  return (rows) => {
    const drawn = new Uint32Array(labels[0]?.order.length ?? 0)
    for (const row of rows) drawn[row]!++
    let sum = 0
    let present = 0
    for (const { order, positive } of labels) {
      if (!positive.some((value, row) => value > 0 && drawn[row]! > 0)) continue
      present++
      sum += averagePrecision(order, positive, drawn)
    }
    return present === 0 ? 0 : sum / present
  }
}
