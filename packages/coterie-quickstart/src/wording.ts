/** `account-box_outline` → `account box outline`. */
export function words(slug: string): string {
  return slug.replace(/[-_]+/g, ' ').trim()
}

/**
 * A number in [0, 1) that depends only on purpose and name, so that a pair keeps its wording when the corpus
 * grows.
 */
export type Draw = (purpose: string, name: string) => number

/** Chooses one of several wordings by the name. */
export function pick<T>(draw: Draw, choices: readonly T[], purpose: string, name: string): T {
  return choices[Math.floor(draw(purpose, name) * choices.length)]!
}

/** The first `limit` distinct words or phrases that the text does not already contain. */
export function fresh(candidates: readonly string[], text: string, limit: number): string[] {
  const known = new Set(text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
  const kept: string[] = []
  for (const candidate of candidates) {
    if (kept.length === limit) break
    const parts = candidate.toLowerCase().split(' ')
    if (parts.every((part) => known.has(part))) continue
    parts.forEach((part) => known.add(part))
    kept.push(candidate)
  }
  return kept
}
