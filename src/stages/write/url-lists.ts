import { canonicalJson } from '../../core/json.js'
import { Random } from '../../core/random.js'
import { encodeParquet } from '../../io/parquet/write.js'
import type { Output } from '../define.js'
import type { Placed } from './destinations.js'
import type { SplitRows } from './group-rows.js'

/** Rows of one list; img2dataset takes lists of any length, this keeps them in memory. */
const rowsPerList = 500_000

/** Lists for img2dataset: `url`, `caption`, and what has to come back with the pictures (`key`, `fine`, `expert`, `ooc`). */
export async function writeUrlLists(
  set: { readonly folder: string; readonly members: readonly Placed[]; readonly first_number: number; readonly seed: number },
  splits: readonly SplitRows[],
  out: Output,
): Promise<{ own: number; ooc: number }> {
  const order = new Random('order', set.seed, set.folder, set.first_number).shuffle([...set.members])
  const lists = Math.ceil(order.length / rowsPerList)
  const sizes: { [name: string]: number } = {}
  for (let list = 0; list < lists; list++) {
    const part = order.slice(Math.round((list * order.length) / lists), Math.round(((list + 1) * order.length) / lists))
    const name = `${String(set.first_number + list).padStart(6, '0')}.parquet`
    const column = <T>(of: (rows: SplitRows, index: number) => T): T[] => part.map((placed) => of(splits[placed.split] as SplitRows, placed.index))
    const bytes = await encodeParquet({
      url: { type: 'text', values: column(({ samples }, i) => samples.url[i] ?? null) },
      caption: { type: 'text', values: column(({ samples }, i) => samples.caption[i] as string) },
      key: { type: 'text', values: column(({ samples }, i) => samples.key[i] as string) },
      fine: { type: 'integer', values: column(({ assignments }, i) => (assignments.reason[i] === null ? (assignments.fine[i] as number) : null)) },
      expert: { type: 'integer', values: column(({ assignments }, i) => (assignments.reason[i] === null ? (assignments.expert[i] as number) : null)) },
      ooc: { type: 'flag', values: part.map((placed) => placed.ooc) },
    })
    await out.put(`${set.folder}/${name}`, bytes, part.length)
    sizes[name] = part.length
  }
  const ooc = order.filter((placed) => placed.ooc).length
  const counts = { own: order.length - ooc, ooc }
  if (lists > 0) await out.put(`${set.folder}/url-sizes.json`, `${canonicalJson({ ...sizes, ...counts })}\n`)
  return counts
}
