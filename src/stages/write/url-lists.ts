import { parseJson } from '../../core/parse-json.js'
import { number, object, optional, text, type Shape } from '../../core/shape.js'
import { canonicalJson } from '../../core/json.js'
import { Random } from '../../core/random.js'
import { encodeParquet } from '../../io/parquet/write.js'
import type { Output } from '../define.js'
import type { SampleJournal } from './sample-journal.js'
import { orderSamples, type OrderOptions } from './sample-order.js'
import type { SetLayout } from './set-files.js'
import { isOoc, numberOf, type OutputSet } from './output-sets.js'

/** Rows per list; img2dataset takes lists of any length, this bounds memory. */
const rowsPerList = 200_000

interface ListRow {
  readonly url: string
  readonly key: string
  readonly crawl_key: string
  readonly fine?: number | undefined
  readonly expert?: number | undefined
}

const listRow: Shape<ListRow> = object({
  url: text,
  key: text,
  crawl_key: text,
  fine: optional(number),
  expert: optional(number),
})

/**
 * Lists for img2dataset: `url`, `caption`, and the columns to return with the pictures, by
 * `--save_additional_columns`: `sample_key`, `crawl_key`, `fine`, `expert`, `ooc`. The name `key` is reserved
 * by img2dataset.
 */
export async function writeUrlLists(
  set: OutputSet,
  {
    folder,
    firstFileNumber,
    seed,
    ...options
  }: Pick<SetLayout, 'folder' | 'firstFileNumber' | 'seed' | keyof OrderOptions>,
  journal: SampleJournal,
  out: Output,
): Promise<void> {
  const random = new Random('order', seed, folder, firstFileNumber)
  const order = orderSamples(
    random.shuffle(set.order()),
    (entry) => journal.clusterOf(numberOf(entry)),
    options,
    random,
  )
  const lists = Math.ceil(order.length / rowsPerList)
  const decoder = new TextDecoder()
  const sizes: { [name: string]: number } = {}
  for (let list = 0; list < lists; list++) {
    const part = order.subarray(
      Math.round((list * order.length) / lists),
      Math.round(((list + 1) * order.length) / lists),
    )
    const captions: string[] = []
    const rows: ListRow[] = []
    for (const entry of part) {
      const { caption, json } = journal.read(numberOf(entry))
      captions.push(decoder.decode(caption))
      const { url, key, crawl_key, fine, expert } = parseJson(json, 'a sample of the journal', listRow)
      rows.push({
        url,
        key,
        crawl_key,
        ...(fine === undefined ? {} : { fine }),
        ...(expert === undefined ? {} : { expert }),
      })
    }
    const name = `${String(firstFileNumber + list).padStart(5, '0')}.parquet`
    const bytes = await encodeParquet({
      url: { type: 'text', values: rows.map(({ url }) => url) },
      caption: { type: 'text', values: captions },
      sample_key: { type: 'text', values: rows.map(({ key }) => key) },
      crawl_key: { type: 'text', values: rows.map((row) => row.crawl_key) },
      fine: { type: 'integer', values: rows.map(({ fine }) => fine ?? null) },
      expert: { type: 'integer', values: rows.map(({ expert }) => expert ?? null) },
      ooc: { type: 'flag', values: Array.from(part, isOoc) },
    })
    await out.put(`${folder}/urls/${name}`, bytes, part.length)
    sizes[name] = part.length
  }
  await out.put(`${folder}/urls/sizes.json`, `${canonicalJson({ ...sizes, own: set.own, ooc: set.ooc })}\n`)
}
