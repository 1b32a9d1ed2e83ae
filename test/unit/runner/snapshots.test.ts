import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { digestOfJson } from '../../../src/core/digest.js'
import { holdClaim, liveClaims } from '../../../src/io/store/claim.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import type { Lock, LockablePlan } from '../../../src/planner/lock.js'
import { collectGarbage } from '../../../src/runner/garbage.js'
import { dataKey, recordKey } from '../../../src/runner/layout.js'
import { forgetSnapshots } from '../../../src/runner/snapshots/forget.js'
import { runBy } from '../../../src/runner/owner.js'
import { registerSnapshot } from '../../../src/runner/snapshots/register.js'
import { registerRunning } from '../../../src/runner/snapshots/running.js'
import { readSnapshots, snapshotsPrefix } from '../../../src/runner/snapshots/snapshot.js'
import { registerEnded, registerSubmitted } from '../../../src/runner/snapshots/submitted.js'
import { sweepScratch } from '../../../src/runner/task/scratch.js'
import { temporaryFolder } from '../../fakes/folder.js'

const day = 86_400_000

/** Time that only tests move, and sleeps that end when it is moved far enough and they are woken. */
class Time {
  now = 1_700_000_000_000
  private sleeping: { until: number; wake: () => void }[] = []
  readonly clock = {
    now: () => this.now,
    monotonic: () => this.now,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((wake, reject) => {
        const abort = () => reject(signal?.reason)
        signal?.addEventListener('abort', abort, { once: true })
        const done = () => {
          signal?.removeEventListener('abort', abort)
          wake()
        }
        this.sleeping.push({ until: this.now + milliseconds, wake: done })
      }),
  }

  /** As for a suspended process, timers fire only when `wake` is called. */
  pass(milliseconds: number): void {
    this.now += milliseconds
  }

  async wake(): Promise<void> {
    const due = this.sleeping.filter(({ until }) => until <= this.now)
    this.sleeping = this.sleeping.filter(({ until }) => until > this.now)
    for (const { wake } of due) wake()
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

const fingerprint = (digit: number) => digit.toString(16).repeat(64)

const planOf = (results: readonly number[]): LockablePlan => ({
  manifest: 'm',
  shards: [{ id: 's', uri: 'a.tar', size: 1, identity: 'x' }],
  stages: [
    {
      node: 'ingest',
      stage: 'ingest',
      fingerprint: fingerprint(15),
      entries: [{ name: 'version', value: 1 }],
      tasks: results.map((result) => ({
        node: 'ingest',
        stage: 'ingest',
        key: `k${result}`,
        fingerprint: fingerprint(result),
      })),
    },
  ],
})

const emptyLock: Lock = {
  lock: 1,
  manifest: 'm',
  inputs: { count: 0, digest: digestOfJson([]), list: [], bytes: 0 },
  stages: [],
}

async function make(store: Store, result: number): Promise<void> {
  await store.create(dataKey('ingest', fingerprint(result), 'samples.arrow'), new Uint8Array(8))
  const record = {
    format: 1,
    stage: 'ingest',
    key: `k${result}`,
    fingerprint: fingerprint(result),
    version: 1,
    entries: [],
    split_ids: [],
    files: [{ name: 'samples.arrow', size: 8, sha256: 'x' }],
    accounting: { rows_in: 1, expanded: 0, rows_out: 1, dropped: {} },
    inputs: {},
    notes: {},
    seconds: 1,
    memory_bytes: 1,
    machine: { node: 'v20', arch: 'x64', cpu: 'x' },
  }
  await store.create(
    recordKey('ingest', fingerprint(result)),
    new TextEncoder().encode(JSON.stringify(record)),
  )
}

const registration = (results: readonly number[]) =>
  new TextEncoder().encode(
    JSON.stringify({ manifest: 'm', user: 'u', host: 'h', fingerprints: results.map(fingerprint) }),
  )

const has = async (store: Store, result: number) =>
  (await store.stat(recordKey('ingest', fingerprint(result)))) !== undefined

const emptied = (store: Store, time: Time) =>
  collectGarbage(store, { remove: true, grace_days: 0, clock: time.clock })

/** A store of which single methods are replaced. */
function altered(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const value = methods[name] ?? target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('nothing is deleted while what a run relies on cannot be read', async (t) => {
  const time = new Time()
  const store = memoryStore('unread', time.clock)
  await make(store, 1)
  await registerSnapshot(store, 'other.yaml', emptyLock, time.clock)
  const run = await registerRunning(store, 'm.yaml', planOf([1]), time.clock)
  const unreachable = altered(store, {
    async read(key, options) {
      if (key.startsWith('_live/running/'))
        throw new PipelineError({ code: 'E_UNREACHABLE', failure: 'retry', message: 'no answer' })
      return store.read(key, options)
    },
  })
  for (let call = 0; call < 2; call++)
    await t.throwsAsync(emptied(unreachable, time), { code: 'E_UNREACHABLE' })
  t.true(await has(store, 1))
  await run.end()
})

test('a snapshot that is forgotten while others look is no error', async (t) => {
  const time = new Time()
  const store = memoryStore('forgotten', time.clock)
  await registerSnapshot(store, 'a.yaml', emptyLock, time.clock)
  const gone = altered(store, {
    async read(key, options) {
      if (key.startsWith(snapshotsPrefix)) await store.remove(key)
      return store.read(key, options)
    },
  })
  t.deepEqual(await readSnapshots(gone), [])
  // Forgotten between the look and the renewal: the run that ended well is registered all the same.
  await registerSnapshot(store, 'b.yaml', emptyLock, time.clock)
  let forgotten = false
  const raced = altered(store, {
    async replace(key, body, expected) {
      if (!forgotten) await store.remove(key)
      forgotten = true
      return store.replace(key, body, expected)
    },
  })
  await registerSnapshot(raced, 'b.yaml', emptyLock, time.clock)
  t.true(forgotten)
  t.is((await readSnapshots(store)).length, 1)
})

test('a submitted run is kept until its end is seen, and then has a snapshot', async (t) => {
  const time = new Time()
  const store = memoryStore('submitted', time.clock)
  await registerSnapshot(store, 'other.yaml', emptyLock, time.clock)
  await registerSubmitted(store, await runBy('m.yaml'), planOf([1, 2]))
  await make(store, 1)
  for (let call = 0; call < 2; call++) await emptied(store, time)
  t.true(await has(store, 1))
  t.is((await readSnapshots(store)).length, 1)
  await make(store, 2)
  // However late somebody looks.
  time.pass(100 * day)
  for (let call = 0; call < 2; call++) await emptied(store, time)
  t.true((await has(store, 1)) && (await has(store, 2)))
  const [, snapshot] = await readSnapshots(store)
  t.is(snapshot?.lock.stages[0]?.tasks.count, 2)
  t.is(snapshot?.lock.stages[0]?.rows_out, 2)
  // Once forgotten, it does not come back.
  await forgetSnapshots(store, { ids: [snapshot?.id as string] }, true, time.clock)
  await registerEnded(store, time.clock)
  t.is((await readSnapshots(store)).length, 1)
})

test('a submitted run that did not end is given up 30 days after its last submission', async (t) => {
  const time = new Time()
  const store = memoryStore('given-up', time.clock)
  await registerSnapshot(store, 'other.yaml', emptyLock, time.clock)
  await make(store, 1)
  await registerSubmitted(store, await runBy('m.yaml'), planOf([1, 2]))
  time.pass(20 * day)
  await registerSubmitted(store, await runBy('m.yaml'), planOf([1, 2]))
  time.pass(20 * day)
  for (let call = 0; call < 2; call++) await emptied(store, time)
  t.true(await has(store, 1))
  time.pass(11 * day)
  for (let call = 0; call < 2; call++) await emptied(store, time)
  t.false(await has(store, 1))
})

test('a process that was suspended knows that its claim may have expired', async (t) => {
  const time = new Time()
  const store = memoryStore('suspended', time.clock)
  const claim = await holdClaim(store, '_live/running/', new Uint8Array(1), time.clock)
  for (let minute = 0; minute < 60; minute++) {
    time.pass(60_000)
    await time.wake()
    t.is((await liveClaims(store, '_live/running/')).length, 1)
  }
  t.false(claim.lapsed())
  time.pass(300_000)
  t.deepEqual(await liveClaims(store, '_live/running/'), [])
  await time.wake()
  t.is((await liveClaims(store, '_live/running/')).length, 1, 'it is renewed')
  t.true(claim.lapsed(), 'and says that it was not for a while')
  await claim.end()
})

test('a deletion that was suspended deletes no more', async (t) => {
  const time = new Time()
  const store = memoryStore('suspended-deletion', time.clock)
  await registerSnapshot(store, 'other.yaml', emptyLock, time.clock)
  for (const result of [1, 2, 3]) await make(store, result)
  await emptied(store, time)
  let removed = 0
  const slow = altered(store, {
    async remove(key) {
      await store.remove(key)
      if (key.includes('/records/') && ++removed === 1) time.pass(300_000)
    },
  })
  t.is((await emptied(slow, time)).removed, 1)
  t.is((await emptied(store, time)).removed, 5)
})

test('claims that ended or expired are deleted with garbage; live ones are not', async (t) => {
  const time = new Time()
  const store = memoryStore('killed', time.clock)
  await registerSnapshot(store, 'other.yaml', emptyLock, time.clock)
  await store.create('_live/running/killed.json', registration([1]))
  time.pass(300_000)
  const live = await registerRunning(store, 'm.yaml', planOf([1]), time.clock)
  await (await registerRunning(store, 'n.yaml', planOf([2]), time.clock)).end()
  await emptied(store, time)
  const keys: string[] = []
  for await (const { key } of store.list('_live/running/')) keys.push(key)
  t.deepEqual(keys, [live.key])
})

test('scratch of others is removed when it is old and no run relies on its task', async (t) => {
  const folder = await temporaryFolder(t)
  const old = new Date(Date.now() - 10 * day)
  const add = async (name: string, file: string) => {
    await mkdir(join(folder, name, 'out'), { recursive: true })
    await writeFile(join(folder, name, 'out', file), 'x')
    for (const path of ['out', `out/${file}`, '.']) await utimes(join(folder, name, path), old, old)
  }
  const [first, second] = [fingerprint(1).slice(0, 16), fingerprint(2).slice(0, 16)]
  for (const name of [`pod-7.12.${first}`, `keep.${first}`, `pod-7.12.${second}`, 'unknown'])
    await add(name, 'a')
  const later = { now: () => Date.now() + 5 * day, monotonic: () => 0, sleep: async () => {} }
  t.deepEqual(await sweepScratch(folder, 6 * day, new Set(), later), [], 'nothing was written just now')
  t.deepEqual((await sweepScratch(folder, 3 * day, new Set([fingerprint(2)]), later)).sort(), [
    `keep.${first}`,
    `pod-7.12.${first}`,
  ])
})
