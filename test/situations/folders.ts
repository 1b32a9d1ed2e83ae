import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tarOf } from '../fakes/crawl.js'
import { captionOf, crawlParquet, crawlTar, pairs, parquetOf } from './place.js'
import type { Area } from './situation.js'

const latin1 = (folder: string, name: string, ending: string) =>
  Buffer.concat([Buffer.from(`${folder}/${name}`), Buffer.from([0xe9]), Buffer.from(ending)])

export const folders: Area = {
  area: 'Folders and patterns',
  situations: [
    {
      situation: 'names that begin with `_` or `.`, files of other kinds, and the names of `input.ignore`',
      does: 'are counted by reason in `plan` and `run`; nothing of them enters a fingerprint',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(8))
        for (const name of ['_delta_log/0.json', '.hidden/a.parquet', 'notes.md', 'old/b.tar', '_SUCCESS'])
          await place.write(`c/${name}`, name)
        await place.manifest('{ uri: c, ignore: [old/] }')
        const { rows, skipped } = await place.ingest(t)
        t.is(rows, 8)
        t.deepEqual(skipped, { hidden: 3, other_kind: 1, ignored: 1 })
      },
    },
    {
      situation: 'a pattern matches some files of a folder',
      does: 'the shards next to them are counted as not matched',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(8))
        await place.write('c/b.parquet', await crawlParquet(4, 100))
        await place.manifest("{ uri: 'c/*.tar' }")
        t.deepEqual((await place.ingest(t)).skipped, { unmatched: 1 })
      },
    },
    {
      situation: 'a link without a target, a name that is not UTF-8, a pipe',
      does: '`E_INPUT_UNREADABLE` at plan time, exit 4, with all of them',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(4))
        await symlink('/not/mounted/b.tar', join(place.folder, 'c/b.tar'))
        await writeFile(latin1(join(place.folder, 'c'), 'caf', '.tar'), '')
        await place.manifest('{ uri: c }')
        for (const command of ['plan', 'run']) {
          const { code, error } = await place.refusal(command, 'm.yaml')
          t.is(code, 4)
          t.is(error.code, 'E_INPUT_UNREADABLE')
          t.regex(error.found ?? '', /b\.tar/)
          t.regex(error.found ?? '', /caf.*\.tar/)
        }
      },
    },
    {
      situation: 'an error page, a Git LFS pointer or an empty file under the name of a shard',
      does:
        '`plan` names all of them; their tasks fail with `E_FORMAT_UNKNOWN` and the others go on, or ' +
        '`ingest.on_broken_shard: drop` drops them as `shard_broken`',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(8))
        await place.write('c/page.parquet', '<html>404</html>')
        await place.write('c/lfs.tar', 'version https://git-lfs.github.com/spec/v1\n')
        await place.write('c/zero.tar', '')
        await place.manifest('{ uri: c }')
        const { warnings } = JSON.parse((await place.coterie('plan', 'm.yaml', '--json')).out) as {
          warnings: string[]
        }
        for (const name of ['page.parquet', 'lfs.tar', 'zero.tar'])
          t.true(warnings.some((warning) => warning.includes(`/c/${name}: `)))
        t.is((await place.refusal('run', 'm.yaml')).error.code, 'E_FORMAT_UNKNOWN')
        const { rows, dropped } = await place.ingest(t, '--set', 'ingest.on_broken_shard=drop')
        t.is(rows, 8)
        t.deepEqual(dropped, { shard_broken: 3 })
      },
    },
    {
      situation: '`KEY=VALUE` folders, whatever `KEY` begins with',
      does:
        'are hive partitions: text fields of each sample, percent-decoded; ' +
        '`__HIVE_DEFAULT_PARTITION__` is null; those above the manifest are none',
      check: async (t, place) => {
        await place.write('c/lang=de/_q=a%20b/0.tar', await crawlTar(1))
        await place.write('c/lang=__HIVE_DEFAULT_PARTITION__/0.tar', await crawlTar(1, 1))
        await place.write('d/lang=en/0.parquet', await crawlParquet(1, 2))
        await place.manifest('{ uri: [c, d/lang=en/0.parquet] }')
        t.is((await place.ingest(t)).rows, 3)
        const found = new Map((await place.samples()).map(({ caption, metadata }) => [caption, metadata]))
        t.deepEqual(found.get(captionOf(0)), { _q: 'a b', lang: 'de' })
        t.deepEqual(found.get(captionOf(1)), {})
        t.deepEqual(found.get(captionOf(2)), { lang: 'en' })
      },
    },
    {
      situation: 'a column or JSON member has the name of a partition',
      does: '`E_PARTITION_CLASH`',
      check: async (t, place) => {
        const members = await pairs(1)
        await place.write('c/lang=de/0.tar', await tarOf([...members, ['00000.json', '{"lang":"fr"}']]))
        await place.manifest('{ uri: c }')
        t.is((await place.refusal('run', 'm.yaml')).error.code, 'E_PARTITION_CLASH')
        await place.write(
          'd/lang=de/0.parquet',
          await crawlParquet(2, 0, [{ name: 'lang', data: ['a', 'b'], type: 'STRING' }]),
        )
        await place.manifest('{ uri: d }')
        t.is((await place.refusal('plan', 'm.yaml')).error.code, 'E_PARTITION_CLASH')
      },
    },
    {
      situation: 'the folder of the manifest has `*` or `{` in its name',
      does: 'it is taken literally',
      check: async (t, place) => {
        await place.write('b{y,z}*/c/0.tar', await crawlTar(3))
        await place.write('by/c/0.tar', await crawlTar(4, 10))
        await place.manifest("{ uri: 'c/*.tar' }", 'b{y,z}*/m.yaml')
        const { code, out } = await place.coterie('run', 'b{y,z}*/m.yaml', '--until', 'ingest', '--json')
        t.is(code, 0)
        t.is((JSON.parse(out) as { stages: { rows_out: number }[] }).stages[0]?.rows_out, 3)
      },
    },
    {
      situation: 'the input is the folder of the manifest',
      does: 'the manifest, its locks and its profile are never read, and the store is not entered',
      check: async (t, place) => {
        await place.write('a.parquet', await crawlParquet(8))
        await place.manifest('{ uri: ./ }')
        t.is((await place.coterie('run', 'm.yaml', '--until', 'write')).code, 0)
        const before = await readFile(join(place.folder, 'm.lock.json'), 'utf8')
        const { code, out } = await place.coterie('run', 'm.yaml', '--until', 'write', '--json')
        t.is(code, 0)
        const { stages, skipped_inputs } = JSON.parse(out) as {
          stages: { executed: number }[]
          skipped_inputs: { reason: string; files: number }[]
        }
        t.true(stages.every(({ executed }) => executed === 0))
        t.like(Object.fromEntries(skipped_inputs.map(({ reason, files }) => [reason, files])), {
          own: 2,
          in_store: 1,
        })
        t.is(await readFile(join(place.folder, 'm.lock.json'), 'utf8'), before)
      },
    },
    {
      situation: 'a pattern matches files of a store, or the input is in a store, of this run or another',
      does: '`E_INPUT_IN_STORE`, exit 3: results would be read as a crawl, hold-out included',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(12))
        await place.manifest('{ uri: c }')
        t.is((await place.coterie('run', 'm.yaml', '--until', 'write')).code, 0)
        await mkdir(join(place.folder, 'other'))
        for (const [input, name] of [
          ["'**/*.tar'", 'm.yaml'],
          ['store/write/data', 'm.yaml'],
          ['../store', 'other/m.yaml'],
          ["'../store/**/*.tar'", 'other/m.yaml'],
        ] as const) {
          await place.manifest(`{ uri: ${input} }`, name)
          const { code, error } = await place.refusal('plan', name)
          t.is(code, 3, input)
          t.is(error.code, 'E_INPUT_IN_STORE', input)
        }
      },
    },
    {
      situation: 'an address begins with `~/`, or with `~user`',
      does: '`~/` is the home folder; `~user` is refused with `E_HOME_OF_USER`',
      check: async (t, place) => {
        await place.manifest('{ uri: ~bob/crawl }')
        const { code, out } = await place.coterie('validate', 'm.yaml')
        t.is(code, 3)
        t.regex(out, /E_HOME_OF_USER/)
      },
    },
    {
      situation: 'two shards have the same bytes',
      does: 'both are read, and `plan` and `run` name them',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(4))
        await place.write('c/b.tar', await crawlTar(4))
        await place.manifest('{ uri: c }')
        const { rows, warnings } = await place.ingest(t)
        t.is(rows, 8)
        t.regex(warnings[0] ?? '', /a\.tar and .*b\.tar have the same bytes/)
      },
    },
    {
      situation: 'some rows of a crawl have images, and others only URLs',
      does: '`E_INPUT_MIXED`, exit 3, until `input.take` says which to read; the others are counted',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(6))
        await place.write(
          'c/b.parquet',
          parquetOf([
            { name: 'caption', data: ['one', 'two'], type: 'STRING' },
            { name: 'url', data: ['https://example.org/1', 'https://example.org/2'], type: 'STRING' },
          ]),
        )
        await place.manifest('{ uri: c }')
        const { code, error } = await place.refusal('plan', 'm.yaml')
        t.is(code, 3)
        t.is(error.code, 'E_INPUT_MIXED')
        await place.manifest('{ uri: c, take: images }')
        const { rows, skipped } = await place.ingest(t)
        t.is(rows, 6)
        t.deepEqual(skipped, { not_taken: 1 })
      },
    },
  ],
}
