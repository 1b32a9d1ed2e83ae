import { tarOf } from '../fakes/crawl.js'
import { crawlTar, pairs, parquetOf } from './place.js'
import type { Area } from './situation.js'

export const commands: Area = {
  area: 'Commands',
  situations: [
    {
      situation: 'a scheme of another tool (`hf://`, `gs://`, `az://`, …)',
      does: '`validate` refuses it and says how to get at the data',
      check: async (t, place) => {
        for (const scheme of ['hf', 'gs', 'az', 'http']) {
          await place.manifest(`{ uri: '${scheme}://bucket/crawl' }`)
          const { code, out } = await place.coterie('validate', 'm.yaml')
          t.is(code, 3, scheme)
          t.regex(out, /hint:/)
        }
      },
    },
    {
      situation: 'a command with `--json` fails',
      does: 'one document with code, place and hint on standard output, and a sentence on standard error',
      check: async (t, place) => {
        await place.manifest('{ uri: nowhere }')
        for (const args of [
          ['plan', 'm.yaml'],
          ['run', 'missing.yaml'],
          ['verify', 'm.yaml'],
          ['plan', 'm.yaml', '--no-such-flag'],
        ]) {
          const { code, error, err } = await place.refusal(...args)
          t.not(code, 0)
          t.regex(error.code ?? '', /^E_/)
          t.not(error.code, 'E_UNEXPECTED')
          t.not(err, '')
        }
      },
    },
    {
      situation: 'the manifest is in a folder that may not be written',
      does: 'a lock that cannot be written is found before anything runs; `--lock` names another place',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.manifest('{ uri: c.tar }')
        const refused = await place.refusal('run', 'm.yaml', '--lock', 'no/such/folder/m.lock.json')
        t.is(refused.code, 2)
        t.is(refused.error.code, 'E_LOCK_LOCATION')
        const { code } = await place.coterie('run', 'm.yaml', '--until', 'ingest', '--lock', 'x.lock.json')
        t.is(code, 0)
      },
    },
    {
      situation: '`classnames: names.txt` in an evaluation set',
      does: 'the file is the class names; what is not UTF-8 or listed twice is refused by `plan`',
      check: async (t, place) => {
        await place.write('c.tar', await crawlTar(12))
        await place.write('names.txt', 'dog\ncat\ncar\ntree\nhouse\nbird\ncup\nboat\n')
        await place.write('set/0.tar', await tarOf((await pairs(4)).concat([['00000.cls', '0']])))
        const set = '{ type: classification, uri: set, classnames: names.txt }'
        await place.manifest('{ uri: c.tar }', 'm.yaml', `evaluation: { mine: ${set} }\n`)
        t.is((await place.coterie('plan', 'm.yaml')).code, 0)
        await place.write('names.txt', Uint8Array.from([0x63, 0xe9, 0x0a]))
        t.is((await place.refusal('plan', 'm.yaml')).error.code, 'E_CLASS_LIST')
        await place.write('names.txt', 'dog\ncat\ndog\n')
        t.is((await place.refusal('plan', 'm.yaml')).error.code, 'E_CLASS_LIST')
      },
    },
    {
      situation: 'a crawl of URLs with a pipeline that trains, or a column that no footer has',
      does:
        'refused by `plan` (`E_NO_PAIRS`, `E_COLUMN`); if only some shards lack the column, `plan` ' +
        'names them',
      check: async (t, place) => {
        const text = (name: string) => ({ name, data: ['one', 'two'], type: 'STRING' as const })
        await place.write('urls.parquet', parquetOf([text('caption'), text('url')]))
        await place.write('words.parquet', parquetOf([text('words'), text('url')]))
        await place.manifest('{ uri: urls.parquet }')
        t.is((await place.refusal('plan', 'm.yaml')).error.code, 'E_NO_PAIRS')
        t.is((await place.coterie('plan', 'm.yaml', '--until', 'write')).code, 0)
        await place.manifest('{ uri: words.parquet }')
        t.is((await place.refusal('plan', 'm.yaml', '--until', 'write')).error.code, 'E_COLUMN')
        await place.manifest('{ uri: [words.parquet, urls.parquet] }')
        const { out } = await place.coterie('plan', 'm.yaml', '--until', 'write', '--json')
        t.regex((JSON.parse(out) as { warnings: string[] }).warnings[0] ?? '', /words\.parquet.*caption/)
      },
    },
    {
      situation: 'an option that is misspelt',
      does: 'the nearest name is suggested: `experts` for `cluster.expert`',
      check: async (t, place) => {
        await place.manifest('{ uri: c }')
        const { code, out } = await place.coterie('validate', 'm.yaml', '--set', 'cluster.expert=3')
        t.is(code, 3)
        t.regex(out, /did you mean `experts`/)
      },
    },
  ],
}
