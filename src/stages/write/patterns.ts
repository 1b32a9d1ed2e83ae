import type { CatalogueSet } from './catalogue-set.js'

/** More groups than this are matched by a wildcard, which also matches anything else in the store. */
const maxNamedGroups = 64

/**
 * Image shards if there are any, else URL lists; relative to the folder that holds the groups, which is where
 * this card goes when it is uploaded.
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
  return (groups.size > maxNamedGroups ? ['*'] : [...groups]).map((group) => `${group}/${name}/${wanted}`)
}
