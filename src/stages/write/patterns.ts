import type { CatalogueSet } from './catalogue-set.js'

/** More groups than this are named by a pattern, which takes in whatever else lies in the store. */
const mostGroups = 64

/**
 * Images where there are any, else lists; relative to the folder that holds the groups, where this card
 * belongs when it is uploaded.
 */
export function patterns({ name, files }: CatalogueSet): string[] {
  const inside = files.map(({ path }) => path.slice(path.indexOf('/') + 1 + name.length + 1))
  const kind = ['.tar', '.parquet'].find((extension) =>
    inside.some((file) => file.endsWith(extension) && !file.startsWith('urls/')),
  )
  const wanted = kind === undefined ? 'urls/*.parquet' : `*${kind}`
  const groups = new Set(
    files
      .filter((_, i) => inside[i]?.startsWith('urls/') === (kind === undefined))
      .map(({ path }) => path.slice(0, path.indexOf('/'))),
  )
  return (groups.size > mostGroups ? ['*'] : [...groups]).map((group) => `${group}/${name}/${wanted}`)
}
