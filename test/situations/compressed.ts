import { gzipOf, joined, zstdOf } from '../fakes/compressed.js'
import { crawlTar } from './place.js'
import type { Area } from './situation.js'

export const compressed: Area = {
  area: 'Compressed tars',
  situations: [
    {
      situation: '`.tar.gz`, `.tgz` and `.tar.zst` next to plain tars; a plain tar that is called `.tgz`',
      does: 'all are read, by their bytes; `plan` says that the compressed ones are decompressed twice',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(4))
        await place.write('c/b.tar.gz', gzipOf(await crawlTar(4, 4)))
        await place.write('c/c.TGZ', await crawlTar(4, 8))
        await place.write('c/d.tar.zst', zstdOf(await crawlTar(4, 12)))
        await place.manifest('{ uri: c }')
        const planned = await place.coterie('plan', 'm.yaml')
        t.regex(planned.out + planned.err, /2 shards are compressed .*decompressed twice/)
        const { rows, skipped } = await place.ingest(t)
        t.is(rows, 16)
        t.deepEqual(skipped, {})
        const { code, err } = await place.coterie('run', 'm.yaml', '--until', 'write')
        t.is(code, 0, err)
      },
    },
    {
      situation: 'gzip members and zstd frames one after the other, and zeros after the last gzip member',
      does: 'are read as one stream',
      check: async (t, place) => {
        for (const [name, pack, padding] of [
          ['a.tgz', gzipOf, 700],
          ['b.tar.zst', zstdOf, 0],
        ] as const) {
          const tar = await crawlTar(4, padding)
          const parts = [tar.subarray(0, 3000), tar.subarray(3000, 3001), tar.subarray(3001)]
          await place.write(
            `c/${name}`,
            joined([...parts.map((part) => pack(part)), new Uint8Array(padding)]),
          )
        }
        await place.manifest('{ uri: c }')
        t.is((await place.ingest(t)).rows, 8)
      },
    },
    {
      situation: 'a compressed tar that ends early, has a damaged byte, or other bytes after its end',
      does: '`E_COMPRESSED`: a broken shard, which `ingest.on_broken_shard` decides on; the others go on',
      check: async (t, place) => {
        await place.write('c/0.tar', await crawlTar(4))
        const gzip = gzipOf(await crawlTar(4, 10))
        const zstd = zstdOf(await crawlTar(4, 20))
        await place.write('c/early.tar.gz', gzip.subarray(0, gzip.length - 9))
        await place.write('c/half.tar.zst', zstd.subarray(0, zstd.length >> 1))
        await place.write('c/page.tgz', joined([gzip, new Uint8Array(512), Buffer.from('<html>')]))
        await place.write('c/sum.tgz', gzip.with(gzip.length - 6, (gzip.at(-6) as number) ^ 1))
        await place.manifest('{ uri: c }')
        const { code, error } = await place.refusal('run', 'm.yaml', '--until', 'ingest')
        t.is(code, 4)
        t.is(error.code, 'E_COMPRESSED')
        const { rows, dropped } = await place.ingest(t, '--set', 'ingest.on_broken_shard=drop')
        t.is(rows, 4)
        t.is(Object.keys(dropped).join(), 'shard_broken')
      },
    },
    {
      situation: '`a.tar` next to `a.tar.gz`, or `a.tar.gz` next to `a.parquet`',
      does: '`E_INPUT_AMBIGUOUS`, exit 3: they may hold the same pairs',
      check: async (t, place) => {
        const tar = await crawlTar(4)
        for (const other of ['a.tar', 'a.tgz', 'a.parquet']) {
          const folder = `of-${other}`
          await place.write(`${folder}/a.tar.gz`, gzipOf(tar))
          await place.write(`${folder}/${other}`, tar)
          await place.manifest(`{ uri: ${folder} }`)
          const { code, error } = await place.refusal('plan', 'm.yaml')
          t.is(code, 3)
          t.is(error.code, 'E_INPUT_AMBIGUOUS')
        }
        await place.manifest('{ uri: of-a.tar, ignore: ["*.gz"] }')
        t.is((await place.ingest(t)).rows, 4)
      },
    },
    {
      situation: 'a gzip file that is called `.tar`',
      does: 'is read by its bytes; with `input.format`, `E_FORMAT_UNKNOWN` says that it is compressed',
      check: async (t, place) => {
        await place.write('c/a.tar', gzipOf(await crawlTar(4)))
        await place.manifest('{ uri: c }')
        t.is((await place.ingest(t)).rows, 4)
        await place.manifest('{ uri: c, format: webdataset }')
        const { error } = await place.refusal('run', 'm.yaml', '--until', 'ingest')
        t.is(error.code, 'E_FORMAT_UNKNOWN')
        t.is(error.found, 'gzip')
      },
    },
    {
      situation: 'tars compressed with bzip2, xz or lz4',
      does: 'are counted as compressed in a way that is not read',
      check: async (t, place) => {
        await place.write('c/a.tar', await crawlTar(4))
        for (const name of ['b.tar.bz2', 'c.txz', 'd.tar.lz4']) await place.write(`c/${name}`, name)
        await place.manifest('{ uri: c }')
        t.deepEqual((await place.ingest(t)).skipped, { compressed: 3 })
      },
    },
  ],
}
