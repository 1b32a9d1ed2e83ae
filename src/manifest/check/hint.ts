import { byCodeUnit } from '../../core/json.js'

/** Optimal string alignment distance: insertions, deletions, substitutions and transpositions cost 1 each. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(substitution, (last[j] as number) + 1, (row[j - 1] as number) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] as number) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] as number
}

/** The known name that was probably meant, or undefined. Of equally close names, `used` ones come last. */
export function closest(
  written: string,
  known: readonly string[],
  used: ReadonlySet<string> = new Set(),
): string | undefined {
  if (written.length > 64) return undefined
  const word = plain(written)
  const limit = Math.max(1.5, Math.floor(word.length / 3))
  const ranked = known
    .map((name) => ({ name, distance: distanceTo(word, plain(name)) }))
    .filter(({ distance }) => distance <= limit)
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        Number(used.has(a.name)) - Number(used.has(b.name)) ||
        byCodeUnit(a.name, b.name),
    )
  return ranked[0]?.name
}

export function didYouMean(
  written: string,
  known: readonly string[],
  used?: ReadonlySet<string>,
): string | undefined {
  const name = closest(written, known, used)
  if (name !== undefined) return `did you mean \`${name}\`?`
  if (known.length === 0 || known.length > 20) return undefined
  return `known names: ${[...known].sort(byCodeUnit).join(', ')}`
}

/** A whole word of the name (`seed` in `seed_checkpoint`) is closer than two edits, but not than one. */
function distanceTo(word: string, name: string): number {
  const inWords = word.length >= 4 && (name.split('_').includes(word) || word.split('_').includes(name))
  return Math.min(editDistance(word, name), inWords ? 1.5 : Infinity)
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_')
}
