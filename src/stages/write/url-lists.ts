import { canonicalJson } from '../../core/json.js'
import { Random } from '../../core/random.js'
import { encodeParquet } from '../../io/parquet/write.js'
import type { Output } from '../define.js'
import type { RecordLog } from './record-log.js'
import { isOoc, numberOf, type TrainingSet } from './training-sets.js'

/** Rows of one list; img2dataset takes lists of any length, this keeps memory in bounds. */
const rowsPerList = 200_000

interface ListRow {
  readonly url: string
  readonly key: string
  readonly fine?: number
  readonly expert?: number
}

/** Lists for img2dataset: `url`, `caption`, and what has to come back with the pictures (`key`, `fine`, `expert`, `ooc`). */
export async function writeUrlLists(set: TrainingSet, { folder, first_number, seed }: { readonly folder: string; readonly first_number: number; readonly seed: number }, log: RecordLog, out: Output): Promise<void> {
  const order = new Random('order', seed, folder, first_number).shuffle(set.order())
  const lists = Math.ceil(order.length / rowsPerList)
  const decoder = new TextDecoder()
  const sizes: { [name: string]: number } = {}
  for (let list = 0; list < lists; list++) {
    const part = order.subarray(Math.round((list * order.length) / lists), Math.round(((list + 1) * order.length) / lists))
    const captions: string[] = []
    const rows: ListRow[] = []
    for (const entry of part) {
      const { caption, json } = log.read(numberOf(entry))
      captions.push(decoder.decode(caption))
      const { url, key, fine, expert } = JSON.parse(decoder.decode(json)) as ListRow
      rows.push({ url, key, ...(fine === undefined ? {} : { fine }), ...(expert === undefined ? {} : { expert }) })
    }
    const name = `${String(first_number + list).padStart(5, '0')}.parquet`
    const bytes = await encodeParquet({
      url: { type: 'text', values: rows.map(({ url }) => url) },
      caption: { type: 'text', values: captions },
      key: { type: 'text', values: rows.map(({ key }) => key) },
      fine: { type: 'integer', values: rows.map(({ fine }) => fine ?? null) },
      expert: { type: 'integer', values: rows.map(({ expert }) => expert ?? null) },
      ooc: { type: 'flag', values: Array.from(part, isOoc) },
    })
    await out.put(`${folder}/${name}`, bytes, part.length)
    sizes[name] = part.length
  }
  await out.put(`${folder}/url-sizes.json`, `${canonicalJson({ ...sizes, own: set.own, ooc: set.ooc })}\n`)
}
