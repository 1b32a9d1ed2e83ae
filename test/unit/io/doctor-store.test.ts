import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../../src/core/clock.js'
import { diagnoseStore } from '../../../src/io/doctor/open.js'
import { probeStore } from '../../../src/io/doctor/store.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import { requireCreateOnce } from '../../../src/io/store/require-create-once.js'
import { s3Store } from '../../../src/io/store/s3/store.js'
import type { Store } from '../../../src/io/store/store.js'
import { startProxy } from '../../fakes/s3-proxy.js'
import { startFakeS3 } from '../../fakes/s3-server.js'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
process.env.AWS_ACCESS_KEY_ID = 'coterie'
process.env.AWS_SECRET_ACCESS_KEY = 'coterie-secret'

async function servers(t: ExecutionContext) {
  const server = await startFakeS3()
  const proxy = await startProxy(server.endpoint)
  t.teardown(async () => {
    await proxy.stop()
    await server.stop()
  })
  return { server, proxy }
}

const verdicts = (found: { checks: readonly { name: string; ok: boolean }[] }) =>
  Object.fromEntries(found.checks.map(({ name, ok }) => [name, ok]))

test('a folder passes and is left unchanged', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-doctor-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const found = await diagnoseStore(join(folder, 'store'))
  t.true(found.ok, JSON.stringify(found))
  t.deepEqual(
    (await readdir(join(folder, 'store'))).filter((name) => name !== '_tmp'),
    [],
  )
})

test('a correct S3 server passes', async (t) => {
  const { server, proxy } = await servers(t)
  const found = await diagnoseStore('s3://bucket/team', { s3: { endpoint: proxy.endpoint } })
  t.true(found.ok, JSON.stringify(found))
  t.true('create-once, multipart' in verdicts(found))
  t.is(server.objects.size, 0)
  t.is(server.uploads.size, 0)
  t.true(proxy.seen.some((line) => /^POST .*uploadId/.test(line)))
})

test('a server that ignores If-None-Match on puts is refused', async (t) => {
  const { proxy } = await servers(t)
  const fault = proxy.inject({ damage: { strip: 'if-none-match' }, method: 'PUT' })
  const found = await diagnoseStore('s3://bucket/team', { s3: { endpoint: proxy.endpoint } }, 10)
  t.false(found.ok)
  t.true(fault.fired > 32)
  t.false(verdicts(found)['create-once, single put'])
  t.true(verdicts(found)['create-once, multipart'])
  await t.throwsAsync(requireCreateOnce(s3Store('bucket', 'p', { endpoint: proxy.endpoint })), {
    message: /already there/,
  })
})

test('a server that ignores If-None-Match on the completion of a multipart upload is refused', async (t) => {
  const { proxy } = await servers(t)
  const fault = proxy.inject({ damage: { strip: 'if-none-match' }, method: 'POST', path: /uploadId/ })
  const found = await diagnoseStore('s3://bucket/team', { s3: { endpoint: proxy.endpoint } }, 10)
  t.false(found.ok)
  t.true(fault.fired > 1)
  t.true(verdicts(found)['create-once, single put'])
  t.false(verdicts(found)['create-once, multipart'])
  await t.notThrowsAsync(requireCreateOnce(s3Store('bucket', 'p', { endpoint: proxy.endpoint })))
})

test('a server whose swaps or range reads are wrong is refused', async (t) => {
  for (const [header, name] of [
    ['if-match', 'compare-and-swap'],
    ['range', 'ranged reads'],
  ] as const) {
    const { proxy } = await servers(t)
    const fault = proxy.inject({ damage: { strip: header } })
    const found = await diagnoseStore('s3://bucket/team', { s3: { endpoint: proxy.endpoint } }, 10)
    t.true(fault.fired > 0)
    t.false(verdicts(found)[name], `${name}: ${JSON.stringify(found)}`)
    // The ETag of the answer tells as well as the refusal would have.
    t.true(verdicts(found)['pinned reads'])
  }
})

test('a wrong clock is reported', async (t) => {
  const store = memoryStore('clock', { ...systemClock, now: () => Date.now() - 3_600_000 })
  const found = await probeStore({ handles: [store], id: 'x', clock: systemClock, listed: 5 })
  t.false(verdicts(found).clock)
  t.regex(found.checks.find(({ name }) => name === 'clock')?.found ?? '', /3600 s behind/)
})

test('an unreachable store is one finding, with the reason', async (t) => {
  const found = await diagnoseStore('s3://bucket/team', { s3: { endpoint: 'http://127.0.0.1:9' } })
  t.false(found.ok)
  t.is(found.checks.length, 1)
  t.regex(found.checks[0]?.found ?? '', /E_STORE_UNREACHABLE/)
})

test('create-once is checked by a single put where it was checked before', async (t) => {
  const store = memoryStore()
  let creations = 0
  const counting: Store = Object.assign(Object.create(store) as Store, {
    create: (key: string, body: Uint8Array) => (creations++, store.create(key, body)),
  })
  await requireCreateOnce(counting)
  t.is(creations, 2)
  await requireCreateOnce(counting)
  t.is(creations, 3)
})
