import { truncate } from 'node:fs/promises'
import anyTest, { type ExecutionContext } from 'ava'
import { sha256 } from '../../src/core/digest.js'
import { PipelineError } from '../../src/core/error.js'
import type { S3Settings } from '../../src/io/store/s3/settings.js'
import { s3Store } from '../../src/io/store/s3/store.js'
import { storeSource } from '../../src/io/store/source.js'
import { startFakeS3 } from '../fakes/s3-server.js'
import { startProxy, type Damage } from '../fakes/s3-proxy.js'
import { localFile, pattern } from './store.js'
import './store-s3.js'

/** One after the other: a stall is told by time, which a crowd of tests would use up. */
const test = anyTest.serial

/** Faults of servers and connections. Each test also proves that its fault struck. */

const bytes = pattern(300_000)
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0
const text = (value: string) => new TextEncoder().encode(value)

/** Back-off passes at once; what was waited is summed. */
function patience() {
  let waited = 0
  return {
    waited: () => waited,
    clock: {
      now: () => Date.now(),
      monotonic: () => waited,
      sleep: async (milliseconds: number) => {
        waited += milliseconds
        await new Promise((resolve) => setImmediate(resolve))
      },
    },
    random: () => 0.9,
  }
}

async function setUp(t: ExecutionContext, settings: S3Settings = {}) {
  const server = await startFakeS3()
  const proxy = await startProxy(server.endpoint)
  t.teardown(async () => {
    await proxy.stop()
    await server.stop()
  })
  const time = patience()
  const store = s3Store('b', 'p', { endpoint: proxy.endpoint, part_megabytes: 0.05, ...settings }, time)
  const direct = s3Store('b', 'p', { endpoint: server.endpoint }, patience())
  const original = await direct.create('seed', bytes)
  t.is(original, 'created')
  return { server, proxy, store, direct, time }
}

async function failureOf(run: Promise<unknown>): Promise<PipelineError> {
  try {
    await run
  } catch (error) {
    if (error instanceof PipelineError) return error
    throw error
  }
  throw new Error('it did not fail')
}

test('a burst of 503 is waited out with fewer concurrent requests', async (t) => {
  const { proxy, store, time } = await setUp(t)
  const fault = proxy.inject({ damage: { answer: { status: 503, code: 'SlowDown' } }, times: 60 })
  const results = await Promise.all(Array.from({ length: 40 }, (_, i) => store.create(`k${i}`, text(`${i}`))))
  t.deepEqual(new Set(results), new Set(['created']))
  t.is(fault.fired, 60)
  t.true(time.waited() > 0)
})

test('retries end, Retry-After is obeyed, and the failure says that running again may help', async (t) => {
  const { proxy, store, time } = await setUp(t, { retry_seconds: 30 })
  const fault = proxy.inject({
    damage: { answer: { status: 503, code: 'SlowDown', headers: { 'retry-after': '7' } } },
  })
  const error = await failureOf(store.read('seed'))
  t.is(error.code, 'E_STORE_BUSY')
  t.is(error.exitCode, 75)
  t.true(time.waited() >= 21_000 && time.waited() <= 30_000, `${time.waited()}`)
  t.true(fault.fired >= 4)
})

test('a 500 is retried', async (t) => {
  const { proxy, store, direct } = await setUp(t)
  const fault = proxy.inject({ damage: { answer: { status: 500, code: 'InternalError' } }, times: 3 })
  t.true(same(await store.read('seed'), bytes))
  t.is(fault.fired, 3)
  const written = proxy.inject({ damage: { answer: { status: 500, code: 'InternalError' } }, times: 3 })
  t.is(await store.create('x', bytes), 'created')
  t.is(written.fired, 3)
  t.true(same(await direct.read('x'), bytes))
})

for (const [status, code, expected] of [
  [403, 'AccessDenied', 'E_ACCESS_DENIED'],
  [404, 'InvalidAccessKeyId', 'E_ACCESS_DENIED'],
  [404, 'NoSuchKey', 'E_NOT_FOUND'],
  [404, 'NoSuchBucket', 'E_NO_BUCKET'],
  [400, 'InvalidArgument', 'E_STORE_REFUSED'],
  [301, 'PermanentRedirect', 'E_WRONG_REGION'],
] as const) {
  test(`${status} ${code} fails at once with its own error`, async (t) => {
    const { proxy, store, time } = await setUp(t)
    const fault = proxy.inject({ damage: { answer: { status, code } } })
    const error = await failureOf(store.read('seed'))
    t.is(error.code, expected)
    t.regex(error.place ?? '', /s3:\/\/b\/p\/seed/)
    t.is(fault.fired, 1)
    t.is(time.waited(), 0)
  })
}

for (const [at, times] of [
  [0, 3],
  [1, 3],
  [100_000, 2],
  [-1, 1],
] as const) {
  test(`a read resumes where its connection was reset, after ${at} bytes`, async (t) => {
    const { proxy, store } = await setUp(t)
    const fault = proxy.inject({ damage: { cut: at }, times, method: 'GET' })
    t.true(same(await store.read('seed'), bytes))
    t.is(fault.fired, times)
    const gets = proxy.seen.filter((line) => line.startsWith('GET'))
    t.is(gets.length, times + 1)
    const ranged = proxy.inject({ damage: { cut: at }, times: 1, method: 'GET' })
    t.true(same(await store.read('seed', { range: { start: 7, end: 299_990 } }), bytes.slice(7, 299_990)))
    t.is(ranged.fired, 1)
  })
}

test('a read whose connection never gets further fails in finite time', async (t) => {
  const { proxy, store, time } = await setUp(t, { retry_seconds: 20 })
  const fault = proxy.inject({ damage: { cut: 10 }, method: 'GET' })
  const error = await failureOf(store.read('seed'))
  t.is(error.code, 'E_CONNECTION_LOST')
  t.is(error.exitCode, 75)
  t.true(fault.fired > 3)
  t.true(time.waited() <= 20_000)
})

for (const at of [0, 100_000]) {
  test(`a body that stalls after ${at} bytes is resumed`, async (t) => {
    const { proxy, store } = await setUp(t, { idle_timeout_seconds: 0.6 })
    const fault = proxy.inject({ damage: { stall: at }, times: 2, method: 'GET' })
    t.true(same(await store.read('seed'), bytes))
    t.is(fault.fired, 2)
  })
}

test('a request without an answer is sent again', async (t) => {
  const { proxy, store, direct } = await setUp(t, { idle_timeout_seconds: 0.6 })
  const fault = proxy.inject({ damage: { hang: true }, times: 2 })
  t.true(same(await store.read('seed'), bytes))
  t.is(fault.fired, 2)
  const put = proxy.inject({ damage: { hang: true }, times: 1, method: 'PUT' })
  t.is(await store.create('x', text('x')), 'created')
  t.is(put.fired, 1)
  t.deepEqual(await direct.read('x'), text('x'))
})

test('a truncated body is refused even when its headers agree with it', async (t) => {
  const { proxy, store, direct } = await setUp(t)
  const source = await storeSource(store, 'seed', await direct.stat('seed'))
  const fault = proxy.inject({ damage: { shorten: 1000 }, method: 'GET' })
  t.is((await failureOf(source.read(0, bytes.length))).code, 'E_SHORT_READ')
  t.is((await failureOf(drain(source.stream()))).code, 'E_SHORT_READ')
  t.true(fault.fired >= 2)
})

test('a flipped bit is found by the digest', async (t) => {
  const { proxy, store } = await setUp(t)
  const fault = proxy.inject({ damage: { flip: 1234 }, times: 1, method: 'GET' })
  t.not(sha256(await store.read('seed')), sha256(bytes))
  t.is(fault.fired, 1)
  t.is(sha256(await store.read('seed')), sha256(bytes))
})

test('an object replaced during a read fails with E_CHANGED, never with mixed bytes', async (t) => {
  const { server, proxy, store } = await setUp(t)
  const source = await storeSource(store, 'seed')
  const other = Buffer.from(bytes).reverse()
  const swap = () =>
    void server.objects.set('p/seed', { bytes: other, etag: '"other"', modified: new Date() })
  const cut = proxy.inject({ damage: { cut: 1000 }, times: 1, method: 'GET' })
  const swapped = proxy.inject({ damage: { before: swap }, times: 1, method: 'GET' })
  const error = await failureOf(store.read('seed'))
  t.is(error.code, 'E_CHANGED')
  t.regex(error.place ?? '', /seed/)
  t.deepEqual([cut.fired, swapped.fired], [1, 1])
  t.is((await failureOf(source.read(0, 10))).code, 'E_CHANGED')
})

test('an object removed during a read is named', async (t) => {
  const { server, proxy, store } = await setUp(t)
  const cut = proxy.inject({ damage: { cut: 1000 }, times: 1, method: 'GET' })
  const removed = proxy.inject({
    damage: { before: () => void server.objects.delete('p/seed') },
    times: 1,
    method: 'GET',
  })
  const error = await failureOf(store.read('seed'))
  t.is(error.code, 'E_NOT_FOUND')
  t.regex(error.message, /removed while/)
  t.deepEqual([cut.fired, removed.fired], [1, 1])
})

const lost: Record<string, Damage> = {
  'connection dropped': { lose: 'connection' },
  'then 500': { lose: { status: 500, code: 'InternalError' } },
}
for (const [how, damage] of Object.entries(lost)) {
  test(`a put whose answer is lost (${how}) counts as created`, async (t) => {
    const { proxy, store, direct } = await setUp(t)
    const fault = proxy.inject({ damage, times: 1, method: 'PUT' })
    t.is(await store.create('x', text('mine')), 'created')
    t.is(fault.fired, 1)
    t.deepEqual(await direct.read('x'), text('mine'))
    const swap = proxy.inject({ damage, times: 1, method: 'PUT' })
    const { version } = (await direct.stat('x')) as { version: string }
    const swapped = await store.replace('x', text('next'), version)
    t.is((await direct.stat('x'))?.version, (swapped as { version: string }).version)
    t.is(swap.fired, 1)
  })

  test(`the loser of a race whose answer is lost (${how}) does not report that it won`, async (t) => {
    const { proxy, store, direct } = await setUp(t)
    await direct.create('x', text('theirs'))
    const fault = proxy.inject({ damage, times: 1, method: 'PUT' })
    t.is(await store.create('x', text('mine')), 'exists')
    t.is(fault.fired, 1)
    t.deepEqual(await direct.read('x'), text('theirs'))
  })

  test(`an upload whose completion loses its answer (${how}) counts as created, and is kept`, async (t) => {
    const { server, proxy, store, direct } = await setUp(t)
    const large = pattern(130_000)
    const fault = proxy.inject({ damage, times: 1, method: 'POST', path: /uploadId/ })
    t.is(await store.create('large', await localFile(t, large)), 'created')
    t.is(fault.fired, 1)
    t.true(same(await direct.read('large'), large))
    t.false(proxy.seen.some((line) => line.startsWith('DELETE') && !line.includes('uploadId')))
    t.is(server.uploads.size, 0)
  })
}

test('a put whose every answer is lost is confirmed by reading back', async (t) => {
  const { proxy, store } = await setUp(t, { retry_seconds: 5 })
  const fault = proxy.inject({ damage: { lose: { status: 500, code: 'InternalError' } }, method: 'PUT' })
  t.is(await store.create('x', text('mine')), 'created')
  t.true(fault.fired > 1)
})

test('a 409 on a put is retried, not taken for an existing object', async (t) => {
  const { proxy, store, direct } = await setUp(t)
  const fault = proxy.inject({
    damage: { answer: { status: 409, code: 'ConditionalRequestConflict' } },
    times: 2,
    method: 'PUT',
  })
  t.is(await store.create('x', text('mine')), 'created')
  t.is(fault.fired, 2)
  t.deepEqual(await direct.read('x'), text('mine'))
})

test('a 409 on a completion starts the whole upload again', async (t) => {
  const { server, proxy, store, direct } = await setUp(t)
  const large = pattern(130_000)
  const fault = proxy.inject({
    damage: { answer: { status: 409, code: 'ConditionalRequestConflict' } },
    times: 2,
    method: 'POST',
    path: /uploadId/,
  })
  t.is(await store.create('large', await localFile(t, large)), 'created')
  t.is(fault.fired, 2)
  t.is(proxy.seen.filter((line) => /^POST .*uploads/.test(line)).length, 3)
  t.is(server.uploads.size, 0)
  t.true(same(await direct.read('large'), large))
})

test('a completion answered by 200 with an error in its body is retried', async (t) => {
  const { proxy, store, direct } = await setUp(t)
  const large = pattern(60_000)
  const body = '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>not quite</Message></Error>'
  const fault = proxy.inject({ damage: { rewrite: () => body }, times: 1, method: 'POST', path: /uploadId/ })
  t.is(await store.create('large', await localFile(t, large)), 'created')
  t.is(fault.fired, 1)
  t.true(same(await direct.read('large'), large))
})

test('an upload of a file that is truncated, grows or differs is not completed', async (t) => {
  const { server, store, direct } = await setUp(t)
  const large = pattern(130_000)
  const short = await localFile(t, large)
  await truncate(short.path, large.length - 1)
  const grown = await localFile(t, pattern(large.length + 1))
  const other = await localFile(t, large)
  for (const file of [
    short,
    { ...grown, size: large.length, sha256: sha256(large) },
    { ...other, sha256: '0'.repeat(64) },
  ]) {
    t.is((await failureOf(store.create('large', file))).code, 'E_BODY_MISMATCH')
    t.is(await direct.stat('large'), undefined)
  }
  t.is(server.uploads.size, 0)
})

test('a part damaged on its way is refused by the server and sent again', async (t) => {
  const { proxy, store, direct } = await setUp(t)
  const large = pattern(60_000)
  const fault = proxy.inject({ damage: { garble: 77 }, times: 3, method: 'PUT' })
  t.is(await store.create('large', await localFile(t, large)), 'created')
  t.is(await store.create('small', pattern(100)), 'created')
  t.is(fault.fired, 3)
  t.true(same(await direct.read('small'), pattern(100)))
  t.true(same(await direct.read('large'), large))
})

test('unfinished uploads are aborted once they are old', async (t) => {
  const { server, proxy, store } = await setUp(t, { retry_seconds: 1 })
  const fault = proxy.inject({ damage: { answer: { status: 403, code: 'AccessDenied' } }, method: 'PUT' })
  const stuck = proxy.inject({ damage: { answer: { status: 403, code: 'AccessDenied' } }, method: 'DELETE' })
  t.is((await failureOf(store.create('large', await localFile(t, pattern(60_000))))).code, 'E_ACCESS_DENIED')
  t.true(fault.fired > 0 && stuck.fired > 0)
  t.is(server.uploads.size, 1)
  proxy.clear()
  t.deepEqual(await store.sweep(3_600_000), [])
  t.is(server.uploads.size, 1)
  t.is((await store.sweep(0)).length, 1)
  t.is(server.uploads.size, 0)
})

const listings: Record<string, (body: string) => string> = {
  'cut between two keys': (body) => `${body.split('</Contents>').slice(0, 3).join('</Contents>')}</Contents>`,
  'cut before it says whether it ends': (body) => body.slice(0, body.indexOf('<IsTruncated>')),
  'said to go on without a token': (body) => body.replace('<IsTruncated>false', '<IsTruncated>true'),
  'out of order': (body) => {
    const parts = body.split(/(?=<Contents>)|(?=<\/ListBucketResult>)/)
    return [parts[0], ...parts.slice(1, -1).reverse(), parts.at(-1)].join('')
  },
}
for (const [how, damage] of Object.entries(listings)) {
  test(`a listing page that is ${how} is an error, not the end of the listing`, async (t) => {
    const { proxy, store } = await setUp(t, { retry_seconds: 5 })
    for (let i = 0; i < 9; i++) await store.create(`l/${i}`, text('x'))
    const fault = proxy.inject({
      damage: { rewrite: (body) => damage(body.toString()) },
      method: 'GET',
      path: /list-type/,
    })
    const error = await failureOf(drain(store.list('l/')))
    t.true(['E_BAD_LISTING', 'E_STORE_UNAVAILABLE'].includes(error.code), error.code)
    t.true(fault.fired > 0)
  })
}

test('a listing that repeats its pages for ever is an error', async (t) => {
  const { server, proxy, store } = await setUp(t)
  server.page = 3
  for (let i = 0; i < 9; i++) await store.create(`l/${i}`, text('x'))
  t.is((await drain(store.list('l/'))).length, 9)
  let first: Buffer | undefined
  const fault = proxy.inject({
    damage: { rewrite: (body) => (first ??= body) },
    method: 'GET',
    path: /list-type/,
  })
  t.is((await failureOf(drain(store.list('l/')))).code, 'E_BAD_LISTING')
  t.is(fault.fired, 2)
})

test('a truncated page is requested again', async (t) => {
  const { proxy, store } = await setUp(t)
  for (let i = 0; i < 9; i++) await store.create(`l/${i}`, text('x'))
  const cut = proxy.inject({ damage: { cut: 300 }, times: 1, method: 'GET', path: /list-type/ })
  const garbled = proxy.inject({
    damage: { rewrite: () => '<ListBucketResult><Contents><K' },
    times: 1,
    method: 'GET',
    path: /list-type/,
  })
  t.is((await drain(store.list('l/'))).length, 9)
  t.deepEqual([cut.fired, garbled.fired], [1, 1])
})

test('expired credentials are renewed once, then the run stops so that it can be resumed', async (t) => {
  const { proxy, store } = await setUp(t)
  const once = proxy.inject({ damage: { answer: { status: 400, code: 'ExpiredToken' } }, times: 1 })
  t.true(same(await store.read('seed'), bytes))
  t.is(once.fired, 1)
  proxy.inject({ damage: { answer: { status: 400, code: 'ExpiredToken' } } })
  const error = await failureOf(store.read('seed'))
  t.is(error.code, 'E_CREDENTIALS_EXPIRED')
  t.is(error.exitCode, 75)
})

test("a clock that differs from the server's is corrected or named", async (t) => {
  const { proxy, store } = await setUp(t)
  const date = new Date(Date.now() + 86_400_000).toUTCString()
  const skewed = { status: 403, code: 'RequestTimeTooSkewed', headers: { date } }
  const once = proxy.inject({ damage: { answer: skewed }, times: 1 })
  t.true(same(await store.read('seed'), bytes))
  t.is(once.fired, 1)
  proxy.inject({ damage: { answer: { status: 403, code: 'RequestTimeTooSkewed' } } })
  t.true(['E_CLOCK_SKEW'].includes((await failureOf(store.read('seed'))).code))
})

test('an endpoint that refuses connections is named within seconds', async (t) => {
  const time = patience()
  const store = s3Store('b', 'p', { endpoint: 'http://127.0.0.1:9' }, time)
  const error = await failureOf(store.read('x'))
  t.is(error.code, 'E_STORE_UNREACHABLE')
  t.true(time.waited() < 5_000)
})

async function drain<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
