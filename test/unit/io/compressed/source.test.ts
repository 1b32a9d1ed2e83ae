import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { detectShard } from '../../../../src/io/crawl/detect-format.js'
import { decompressed } from '../../../../src/io/compressed/source.js'
import { diagnoseShards } from '../../../../src/io/doctor/shards.js'
import { s3Store } from '../../../../src/io/store/s3/store.js'
import { storeSource } from '../../../../src/io/store/source.js'
import { readTar } from '../../../../src/io/tar/read.js'
import { gzipOf, zstdOf } from '../../../fakes/compressed.js'
import { picture, tarOf } from '../../../fakes/crawl.js'
import { temporaryFolder } from '../../../fakes/folder.js'
import { startProxy } from '../../../fakes/s3-proxy.js'
import { startFakeS3 } from '../../../fakes/s3-server.js'

process.env.AWS_ACCESS_KEY_ID = 'coterie'
process.env.AWS_SECRET_ACCESS_KEY = 'coterie-secret'

/** Bytes that no compression makes smaller. */
const noise = (size: number) =>
  Uint8Array.from({ length: size }, (_, i) => Math.imul(i + 1, 2654435761) >>> 13)
const pairs = async (start: number) => [
  [`${start}.png`, await picture(start, 64)] as const,
  [`${start}.txt`, `a photo of number ${start}`] as const,
]

for (const [name, pack] of [
  ['gzip', gzipOf],
  ['zstd', zstdOf],
] as const)
  test(`${name}: a connection that is reset in the middle of a shard is resumed`, async (t) => {
    const server = await startFakeS3()
    const proxy = await startProxy(server.endpoint)
    t.teardown(async () => {
      await proxy.stop()
      await server.stop()
    })
    const content = noise(900_000)
    const store = s3Store('b', 'p', { endpoint: proxy.endpoint })
    await store.create('a.tar', pack(await tarOf([['a.bin', content]])))
    const source = await storeSource(store, 'a.tar')
    const fault = proxy.inject({ damage: { cut: 300_001 }, times: 2, method: 'GET', after: 2 })
    const { format, compression } = await detectShard(source)
    t.is(`${format} ${compression}`, `webdataset ${name}`)
    const found: Uint8Array[] = []
    for await (const { bytes } of readTar(decompressed(source, compression))) found.push(bytes!.slice())
    t.deepEqual(found, [content])
    t.true(fault.fired > 0)
  })

test('doctor shards reads compressed tars, and says which is broken', async (t) => {
  const folder = await temporaryFolder(t)
  const whole = gzipOf(await tarOf([...(await pairs(1)), ...(await pairs(2))]))
  await writeFile(join(folder, '0.tar.gz'), whole)
  await writeFile(join(folder, '1.tar.zst'), zstdOf(await tarOf(await pairs(3))))
  await writeFile(join(folder, '2.tgz'), whole.subarray(0, whole.length - 5))
  const sizes = { '0.tar.gz': 2, '1.tar.zst': 1, '2.tgz': 2, own: 5 }
  await writeFile(join(folder, 'sizes.json'), JSON.stringify(sizes))
  const ask = () => diagnoseShards({ uri: folder, gpus: 1, loaders: 1, images: 'decode' })
  const refused = (await ask()).checks.filter(({ ok }) => !ok)
  t.deepEqual(
    refused.map(({ name }) => name),
    ['tars are whole', 'keys are unique', 'counts equal sizes.json'],
  )
  t.regex(refused[0]!.found, /2\.tgz \(E_COMPRESSED\)/)
  await writeFile(join(folder, '2.tgz'), gzipOf(await tarOf([...(await pairs(4)), ...(await pairs(5))])))
  const { checks } = await ask()
  t.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  )
})
