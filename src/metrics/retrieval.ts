import { withinTop, type Statistic } from './statistics.js'

/** Both directions of retrieval, first the one that one-number summaries use. */
export const directions = { text_to_image: 'text → image', image_to_text: 'image → text' } as const

export type Direction = keyof typeof directions

/** Recall at k: the share of queries that have a right answer among the first k. */
export function recallName(direction: Direction, k: number): string {
  return `${direction}_r${k}`
}

/** The metrics of verdicts and summaries, per direction. */
export const mainRecalls = (Object.keys(directions) as Direction[]).map((direction) =>
  recallName(direction, 1),
)

export function recalls(direction: Direction, ranks: Int32Array): { [metric: string]: Statistic } {
  return Object.fromEntries([1, 5, 10].map((k) => [recallName(direction, k), withinTop(ranks, k)]))
}

/** `text → image`; undefined where the metric is of another kind. */
export function directionLabel(metric: string): string | undefined {
  return parsed(metric)?.label
}

export function recallLabel(metric: string): string | undefined {
  const found = parsed(metric)
  return found && `${found.label} R@${found.k}`
}

function parsed(metric: string): { readonly label: string; readonly k: string } | undefined {
  for (const [direction, label] of Object.entries(directions)) {
    const k = metric.startsWith(`${direction}_r`) ? metric.slice(direction.length + 2) : ''
    if (/^\d+$/.test(k)) return { label, k }
  }
  return undefined
}
