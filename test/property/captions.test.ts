import test, { type ExecutionContext } from 'ava'
import { runFake } from '../fakes/task-context.js'
import fc from 'fast-check'
import { encodeParquet } from '../../src/io/parquet/write.js'
import { decodeDropped } from '../../src/io/tables/dropped.js'
import { decodeSamples } from '../../src/io/tables/samples.js'
import { memorySource } from '../../src/io/source.js'
import { readWebDataset } from '../../src/io/tar/webdataset.js'
import type { InputFormat } from '../../src/stages/define.js'
import type { IngestOptions } from '../../src/stages/ingest/options.js'
import { ingest } from '../../src/stages/ingest/spec.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { type Crawl, crawlTask, plainIngest, splitOf } from '../fakes/crawl-task.js'
import { temporaryFolder } from '../fakes/folder.js'
import { written } from '../fakes/written.js'

/** Captions of any length and any code units, through every way in. */

const unit = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\0',
      '\ud800',
      '\udfff',
      '\u2028',
      '\ufeff',
      '\u202e',
      '\r\n',
      '\t',
      '\x1b[31m',
      '\ufffd',
      '"',
      '\\',
      '</script>',
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 300_000 }).map((length) => 'long '.repeat(length)) },
)
const caption = fc.array(unit, { maxLength: 5 }).map((parts) => parts.join(''))
const bounds: Partial<IngestOptions> = { min_characters: 2, max_characters: 1000 }

async function ingested(
  t: ExecutionContext,
  crawl: Crawl,
  format: InputFormat,
  options: Partial<IngestOptions>,
) {
  const task = crawlTask(await temporaryFolder(t), crawl, {
    options: { ...plainIngest, ...bounds, ...options },
    splits: [splitOf(crawl, Object.keys(crawl)[0] as string, format)],
  })
  await runFake(ingest, task.context)
  await task.finish('ingest')
  const { rows_in, rows_out, expanded, dropped } = task.accounting
  t.is(
    rows_in + expanded,
    rows_out + Object.values(dropped).reduce((sum, count) => sum + count, 0),
    'the account balances',
  )
  return {
    task,
    samples: decodeSamples(task.files.get('samples.arrow')!),
    dropped: decodeDropped(task.files.get('dropped.arrow')!),
  }
}

/** By the rules of the options alone. */
function reasonOf(text: string): string | undefined {
  const line = text.replace(/[\r\n\t\v\f]+/g, ' ').trim()
  if (line === '') return 'caption_empty'
  if (line.length > 1000) return 'caption_too_long'
  if (!line.isWellFormed() || line.includes('\ufffd')) return 'caption_not_unicode'
  if (line.includes('\0')) return 'caption_has_nul'
  return line.length < 2 ? 'caption_too_short' : undefined
}

test('any caption is kept on one line or dropped for a reason; cleaning is idempotent', async (t) => {
  t.timeout(120_000)
  const image = await picture(1)
  await fc.assert(
    fc.asyncProperty(
      fc.array(caption, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('json', 'parquet'),
      async (captions, way) => {
        const crawl: Crawl =
          way === 'json'
            ? {
                'a.tar': await tarOf(
                  captions.flatMap((text, i): [string, Uint8Array | string][] => [
                    [`k${i}.png`, image],
                    [`k${i}.json`, JSON.stringify({ caption: text })],
                  ]),
                ),
              }
            : {
                'a.parquet': await encodeParquet({
                  caption: { type: 'text', values: captions },
                  url: { type: 'text', values: captions.map((_, i) => `u${i}`) },
                }),
              }
        const format = way === 'json' ? 'webdataset' : 'parquet'
        // Parquet holds UTF-8, in which a lone surrogate has become U+FFFD.
        const stored = way === 'json' ? captions : captions.map((text) => text.toWellFormed())
        const { samples, dropped, task } = await ingested(t, crawl, format, {})
        t.deepEqual(
          [...dropped.row].map((row, i) => [row, dropped.reason[i]]),
          stored.flatMap((text, row) =>
            reasonOf(text) === undefined ? [] : [[row, reasonOf(text) as string]],
          ),
        )
        t.deepEqual(
          [...samples.row].map((row, i) => [row, samples.caption[i]]),
          stored.flatMap((text, row) =>
            reasonOf(text) === undefined ? [[row, text.replace(/[\r\n\t\v\f]+/g, ' ').trim()]] : [],
          ),
        )
        for (const detail of dropped.detail)
          t.true(detail.length <= 200 && detail.isWellFormed() && !/\p{Cc}/u.test(detail))
        const again = await ingested(t, crawl, format, {})
        t.deepEqual(again.task.files, task.files)
      },
    ),
    { numRuns: 25, seed: 37 },
  )
})

test('kept captions reach the tars byte for byte', async (t) => {
  const kept = [
    'Straße 日本語 🙂',
    'e\u0301 and é',
    '\u202eright to left',
    'a\u2028b',
    '<b>"\\',
    'x'.repeat(999),
    '\x1b[31m red',
  ]
  const image = await picture(1)
  const crawl = {
    'a.tar': await tarOf(
      kept.flatMap((text, i): [string, Uint8Array | string][] => [
        [`k${i}.png`, image],
        [`k${i}.txt`, text],
      ]),
    ),
  }
  const { files } = await written(t, crawl, 'webdataset', { ooc_ratio: 0 })
  const found: string[] = []
  for (const [name, bytes] of files) {
    if (!name.endsWith('.tar')) continue
    for await (const { members } of readWebDataset(memorySource(name, bytes)))
      found.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(members.get('txt')?.bytes))
  }
  t.deepEqual(found.sort(), [...kept].sort())
})
