import { loadIconSet } from '../icon-set.js'
import type { Pair } from '../pair.js'
import { type Draw, fresh, pick, words } from '../wording.js'

const pictures = '@iconify-json/mdi'

/** Large categories (`Home Automation` has 659 icons) are limited to this number. */
const maxPerCategory = 30

/**
 * Material Design Icons, black on white, with their other names and their category: "camera iris, aperture,
 * shutter (Photography)".
 */
export function iconPairs(draw: Draw): Pair[] {
  const set = loadIconSet(pictures)
  const byCategory = groupBy(set.names, set.categories)
  return [...byCategory].flatMap(([category, names]) =>
    names
      .toSorted((a, b) => draw('icon', a) - draw('icon', b))
      .slice(0, maxPerCategory)
      .sort()
      .map((name): Pair => ({
        id: `icons/${name}`,
        source: 'icons',
        from: set.identity,
        caption: caption(draw, name, set.aliases(name), category),
        label: category,
        group: `icons/${stem(name)}`,
        drawing: set.drawing(name),
      })),
  )
}

/** An icon with several categories counts for its first. */
function groupBy(
  names: readonly string[],
  categories: (name: string) => readonly string[],
): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const category = categories(name)[0]
    if (category === undefined) continue
    const group = groups.get(category)
    if (group) group.push(name)
    else groups.set(category, [name])
  }
  return groups
}

/** `bell-ring-outline` and `bell-ring` look nearly the same. */
function stem(name: string): string {
  return name.replace(
    /(-(outline|variant|box|circle|off|remove|plus|minus|check|alert|cog|edit|lock|clock|multiple))+$/,
    '',
  )
}

function caption(draw: Draw, name: string, aliases: readonly string[], category: string): string {
  const title = words(name)
  const others = fresh(aliases.map(words), title, 3)
  const kind = category.replaceAll(' / ', ' and ').replaceAll(' + ', ' and ').toLowerCase()
  const all = [title, ...others].join(', ')
  return pick(
    draw,
    [
      `${all} (${kind})`,
      `${kind} icon: ${all}`,
      `${title} icon, ${[...others, kind].join(', ')}`,
      `${all} icon`,
    ],
    'wording',
    name,
  )
}
