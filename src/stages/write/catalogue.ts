import { putPretty } from '../../artefacts/document.js'
import { writeSizes } from '../../artefacts/sizes.js'
import { readWrittenSets } from '../../artefacts/written-sets.js'
import { byCodeUnit } from '../../core/json.js'
import type { Artefact } from '../define.js'
import { expertsOf } from '../facts.js'
import type { CatalogueFile, CatalogueSet } from './catalogue-set.js'
import { croissant } from './croissant.js'
import { datasetCard } from './dataset-card.js'
import type { Context } from './tasks.js'

/**
 * Totals of all groups: `sizes.json`, a dataset card that Hugging Face reads, and a Croissant description.
 */
export async function writeCatalogue({ after, out, facts }: Context<'catalogue'>): Promise<void> {
  const sets = await collect(after.group)
  const experts = expertsOf(facts)
  const sizes = Object.fromEntries(
    sets.map(({ name, own, ooc, bytes, files }) => [name, { own, ooc, bytes, shards: files.length }]),
  )
  await writeSizes(out, sizes)
  await putPretty(out, 'shards.json', Object.fromEntries(sets.map(({ name, files }) => [name, files])))
  await out.put('README.md', datasetCard(sets, experts))
  await out.put('croissant.json', `${JSON.stringify(croissant(sets), undefined, 2)}\n`)
}

async function collect(groups: readonly Artefact[]): Promise<CatalogueSet[]> {
  const sets = new Map<string, { own: number; ooc: number; formats: Set<string>; files: CatalogueFile[] }>()
  for (const group of groups) {
    for (const [name, { own, ooc, formats = [] }] of Object.entries(await readWrittenSets(group))) {
      const set = sets.get(name) ?? { own: 0, ooc: 0, formats: new Set(), files: [] }
      sets.set(name, set)
      set.own += own
      set.ooc += ooc
      for (const format of formats) set.formats.add(format)
      for (const file of group.files) {
        if (file.name.startsWith(`${name}/`) && /\.(tar|parquet)$/.test(file.name)) {
          set.files.push({
            path: `${group.fingerprint}/${file.name}`,
            rows: file.rows ?? 0,
            size: file.size,
            sha256: file.sha256,
          })
        }
      }
    }
  }
  return [...sets]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([name, { own, ooc, formats, files }]) => {
      const bytes = files.reduce((sum, file) => sum + file.size, 0)
      return {
        name,
        own,
        ooc,
        bytes,
        formats: [...formats].sort(),
        files: files.toSorted((a, b) => byCodeUnit(a.path, b.path)),
      }
    })
}
