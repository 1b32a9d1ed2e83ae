import { picture, tarOf } from '../fakes/crawl.js'
import { crawlParquet, crawlTar, pairs, parquetOf } from './place.js'
import type { Area } from './situation.js'

const text = (name: string, data: readonly (string | null)[]) => ({
  name,
  data: [...data],
  type: 'STRING' as const,
})

export const tables: Area = {
  area: 'Tables and JSON members',
  situations: [
    {
      situation: 'two columns of one name',
      does: '`E_COLUMN_TWICE` for this shard',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(4))
        await place.write('c/b.parquet', await crawlParquet(2, 0, [text('caption', ['x', 'y'])]))
        await place.manifest('{ uri: c }')
        t.is((await place.refusal('run', 'm.yaml')).error.code, 'E_COLUMN_TWICE')
      },
    },
    {
      situation: 'a table of img2dataset whose tar is gone',
      does: 'a broken shard (`E_IMG2DATASET_TAR_MISSING`), not a crawl of URLs',
      check: async (t, place) => {
        await place.write('c/00000.tar', await crawlTar(4))
        await place.write(
          'c/00001.parquet',
          parquetOf([
            text('url', ['https://example.org/a', 'https://example.org/b']),
            text('key', ['000010000', '000010001']),
            text('caption', ['one', 'two']),
            text('status', ['success', 'failed_to_download']),
            text('error_message', [null, 'HTTP Error 404']),
          ]),
        )
        await place.write('c/00001_stats.json', '{"count":2,"successes":1}')
        await place.manifest('{ uri: c }')
        t.is((await place.refusal('run', 'm.yaml')).error.code, 'E_IMG2DATASET_TAR_MISSING')
      },
    },
    {
      situation: 'rows that img2dataset could not fetch into its parquet output',
      does: 'are dropped as `download_failed`, with the status in `dropped.arrow`',
      check: async (t, place) => {
        await place.write(
          'c/00000.parquet',
          parquetOf([
            text('key', ['0', '1', '2']),
            text('url', ['https://example.org/a', 'https://example.org/b', 'https://example.org/c']),
            text('caption', ['one', 'two', 'three']),
            text('status', ['success', 'failed_to_download', 'success']),
            text('error_message', [null, 'HTTP Error 404', null]),
            {
              name: 'jpg',
              data: [await picture(0), undefined, await picture(2)],
              type: 'BYTE_ARRAY',
              nullable: true,
            },
          ]),
        )
        await place.write('c/00000_stats.json', '{"count":3,"successes":2}')
        await place.manifest('{ uri: c }')
        const { rows, dropped } = await place.ingest(t)
        t.is(rows, 2)
        t.deepEqual(dropped, { download_failed: 1 })
      },
    },
    {
      situation: 'NaN, Infinity and 64-bit integers in JSON members, as Python writes them',
      does: 'are read; integers keep all their digits',
      check: async (t, place) => {
        const members = await pairs(1)
        const json = '{"score": NaN, "other": -Infinity, "hash": 9223372036854775807}'
        await place.write('c/0.tar', await tarOf([...members, ['00000.json', json]]))
        await place.manifest('{ uri: c }')
        t.is((await place.ingest(t)).rows, 1)
        const [sample] = await place.samples()
        t.is(String(sample?.metadata.hash), '9223372036854775807')
      },
    },
    {
      situation: 'nulls in a list of captions',
      does: 'are left out; the others are captions',
      check: async (t, place) => {
        const [image] = await pairs(1)
        await place.write('c/0.tar', await tarOf([image!, ['00000.json', '{"captions":["a b","c d",null]}']]))
        await place.manifest('{ uri: c }', 'm.yaml', '  ingest: { caption_field: captions, caption: each }\n')
        t.is((await place.ingest(t)).rows, 2)
      },
    },
  ],
}
