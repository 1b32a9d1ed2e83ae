import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { detectFormat } from '../../../src/io/crawl/detect-format.js'
import { identify } from '../../../src/io/inputs/identity.js'
import { listInputs } from '../../../src/io/inputs/list.js'
import { openIdentified } from '../../../src/io/inputs/open-identified.js'
import type { StoreSettings } from '../../../src/io/store/backends.js'
import { openUri } from '../../../src/io/store/open.js'
import { startFakeS3, type FakeS3 } from '../../fakes/s3-server.js'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.env.AWS_ACCESS_KEY_ID = 'coterie'
process.env.AWS_SECRET_ACCESS_KEY = 'coterie-secret'

let server: FakeS3
let settings: StoreSettings

test.before(async () => {
  server = await startFakeS3()
  settings = { s3: { endpoint: server.endpoint } }
  const put = (key: string, bytes = 'x') =>
    server.objects.set(key, { bytes: Buffer.from(bytes), etag: `"etag of ${key}"`, modified: new Date() })
  for (let i = 0; i < 10_000; i++) put(`crawl/cc12m/${String(i).padStart(5, '0')}.tar`)
  for (const key of [
    'crawl/readme.md',
    'crawl/laion/a.parquet',
    'crawl/laion/part=1/b.parquet',
    'crawl/laion/_SUCCESS',
    'crawl/laion/',
  ])
    put(key, 'PAR1 and so on PAR1')
  put('crawl/list.txt', 'cc12m/00007.tar\ns3://crawl/crawl/laion/a.parquet\n')
})
test.after.always(() => server.stop())

const uris = async (uri: string) => (await listInputs({ uri }, settings)).map((file) => file.uri)

test.serial('10,000 shards take about ten list requests, not 10,000', async (t) => {
  for (const pattern of [
    's3://crawl/crawl/cc12m/{00000..09999}.tar',
    's3://crawl/crawl/cc12m/*.tar',
    's3://crawl/crawl/cc12m/',
    's3://crawl/crawl/cc12m',
  ]) {
    server.requests.length = 0
    const files = await uris(pattern)
    t.is(files.length, 10_000)
    t.is(files[77], 's3://crawl/crawl/cc12m/00077.tar')
    t.true(server.requests.length <= 13, `${pattern}: ${server.requests.length}`)
  }
})

test.serial('prefixes, globs and lists name inputs', async (t) => {
  t.deepEqual(await uris('s3://crawl/crawl/laion'), [
    's3://crawl/crawl/laion/a.parquet',
    's3://crawl/crawl/laion/part=1/b.parquet',
  ])
  t.deepEqual(await uris('s3://crawl/crawl/**/b.*'), ['s3://crawl/crawl/laion/part=1/b.parquet'])
  t.deepEqual(await uris('s3://crawl/crawl/list.txt'), [
    's3://crawl/crawl/cc12m/00007.tar',
    's3://crawl/crawl/laion/a.parquet',
  ])
  t.deepEqual(await uris('s3://crawl/crawl/cc12m/0000{1,2}.tar'), [
    's3://crawl/crawl/cc12m/00001.tar',
    's3://crawl/crawl/cc12m/00002.tar',
  ])
})

test.serial('a missing input is named with similar names', async (t) => {
  const error = PipelineError.from(
    await t.throwsAsync(listInputs({ uri: 's3://crawl/crawl/cc12m/{09998..10003}.tar' }, settings)),
  )
  t.regex(error.message, /4 inputs do not exist/)
  t.regex(error.found ?? '', /10000\.tar/)
  const typing = PipelineError.from(
    await t.throwsAsync(listInputs({ uri: 's3://crawl/crawl/laoin/*.parquet' }, settings)),
  )
  t.regex(typing.hint ?? '', /s3:\/\/crawl\/crawl\//)
})

test.serial(
  'the identity of an object is its size and ETag, not its address, and reads are pinned to it',
  async (t) => {
    const [file] = await listInputs({ uri: 's3://crawl/crawl/laion/a.parquet' }, settings)
    t.is(await identify(file as never), 's3:19:etag of crawl/laion/a.parquet')
    const source = await openUri('s3://crawl/crawl/laion/a.parquet', settings)
    t.is(source.size, 19)
    t.is(await detectFormat(source), 'parquet')
    const planned = {
      uri: 's3://crawl/crawl/laion/a.parquet',
      size: 19,
      identity: 's3:19:etag of crawl/laion/a.parquet',
    }
    server.requests.length = 0
    t.is(new TextDecoder().decode(await (await openIdentified(planned, settings)).read(0, 4)), 'PAR1')
    t.is(server.requests.length, 1)
    server.objects.set('crawl/laion/a.parquet', {
      bytes: Buffer.from('PAR1 but different.'),
      etag: '"other"',
      modified: new Date(),
    })
    await t.throwsAsync(source.read(0, 4), { message: /replaced/ })
    const late = await openIdentified(planned, settings)
    await t.throwsAsync(late.read(0, 4), { message: /replaced/ })
    await t.throwsAsync(
      openIdentified(planned, settings).then(async (again) => {
        for await (const _ of again.stream());
      }),
      { message: /replaced/ },
    )
  },
)
