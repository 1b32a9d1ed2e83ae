import { packageIdentity, packageJson } from './package-data.js'
import type { SvgDrawing } from './pair.js'

/**
 * An icon set in Iconify's JSON layout (https://iconify.design/docs/types/iconify-json.html), limited to the
 * members used here.
 */
export interface IconSet {
  readonly identity: string
  /** Names of the icons that are not hidden, in code unit order. */
  readonly names: readonly string[]
  /** Other names of an icon. */
  aliases(name: string): readonly string[]
  /** The set's own categories of an icon. */
  categories(name: string): readonly string[]
  drawing(name: string): SvgDrawing
}

interface Drawing {
  readonly body: string
  readonly left?: number
  readonly top?: number
  readonly width?: number
  readonly height?: number
  readonly hidden?: boolean
}

interface IconifyJson {
  readonly width?: number
  readonly height?: number
  readonly icons: { readonly [name: string]: Drawing }
  readonly aliases?: { readonly [alias: string]: Alias }
}

interface Alias {
  readonly parent: string
  readonly hFlip?: boolean
  readonly vFlip?: boolean
  readonly rotate?: number
}

export function loadIconSet(packageName: string): IconSet {
  const set = packageJson<IconifyJson>(`${packageName}/icons.json`)
  const metadata = packageJson<{ categories?: { readonly [category: string]: readonly string[] } }>(
    `${packageName}/metadata.json`,
  )
  const names = Object.keys(set.icons)
    .filter((name) => !set.icons[name]!.hidden)
    .sort()
  const otherNames = Object.entries(set.aliases ?? {}).filter(([, alias]) => !isTransformed(alias))
  const aliasesOf = collect(otherNames.map(([alias, { parent }]) => [parent, alias]))
  const categories = Object.entries(metadata.categories ?? {})
  const categoriesOf = collect(
    categories.flatMap(([category, icons]) => icons.map((icon): [string, string] => [icon, category])),
  )
  return {
    identity: packageIdentity(packageName),
    names,
    aliases: (name) => aliasesOf.get(name) ?? [],
    categories: (name) => categoriesOf.get(name) ?? [],
    drawing: (name) => {
      const { body, left = 0, top = 0, width = set.width ?? 16, height = set.height ?? 16 } = set.icons[name]!
      return { body, left, top, width, height }
    },
  }
}

/** `chars.json`: icon name by code points, `1f431` or `1f1e9-1f1ea`. */
export function loadCharacters(packageName: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(packageJson<{ [codePoints: string]: string }>(`${packageName}/chars.json`)))
}

function isTransformed(alias: Alias): boolean {
  return Boolean(alias.hFlip || alias.vFlip || alias.rotate)
}

function collect(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [key, value] of pairs) {
    const list = lists.get(key)
    if (list) list.push(value)
    else lists.set(key, [value])
  }
  return lists
}
