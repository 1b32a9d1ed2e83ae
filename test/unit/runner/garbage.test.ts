import fc from 'fast-check'
import test from 'ava'
import type { Clock } from '../../../src/core/clock.js'
import { digestOfJson } from '../../../src/core/digest.js'
import { asJson, type Json } from '../../../src/core/json.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import type { Lock } from '../../../src/planner/lock.js'
import type { RunTasks } from '../../../src/planner/types.js'
import { lockedStages, storeLists } from '../../../src/runner/lock/lock-file.js'
import { collectGarbage } from '../../../src/runner/garbage.js'
import { dataKey, recordKey } from '../../../src/runner/layout.js'
import { forgetSnapshots } from '../../../src/runner/snapshots/forget.js'
import { registerSnapshot } from '../../../src/runner/snapshots/register.js'
import { registerRunning } from '../../../src/runner/snapshots/running.js'
import { readSnapshots } from '../../../src/runner/snapshots/snapshot.js'

const day = 86_400_000
const start = 1_700_000_000_000

/** Time that only tests move; sleeping for long ends with its signal alone. */
function clockAt(time: { now: number }): Clock {
  return {
    now: () => time.now,
    monotonic: () => time.now,
    sleep: (milliseconds, signal) =>
      milliseconds < 10_000
        ? Promise.resolve()
        : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  }
}

const fingerprint = (digit: number) => digit.toString(16).repeat(64).slice(0, 64)

function planOf(name: string, results: readonly number[]): RunTasks {
  return {
    manifest: name,
    stages: [
      {
        node: 'ingest',
        stage: 'ingest',
        tasks: results.map((result) => ({
          node: 'ingest',
          stage: 'ingest',
          key: `k${result}`,
          fingerprint: fingerprint(result),
        })),
      },
    ],
  }
}

/** The lists of locks named `n` are in the store, as those of long locks are. */
const inStore = (name: string) => name === 'n'

function lockOf(name: string, results: readonly number[]): Lock {
  const tasks = tasksOf(results)
  const list = <T>(items: readonly T[]) => ({ count: items.length, digest: digestOfJson(items), list: items })
  return {
    lock: 1,
    manifest: name,
    inputs: { ...list([]), bytes: 0 },
    stages: [
      {
        node: 'ingest',
        stage: 'ingest',
        fingerprint: fingerprint(0),
        pinned: {},
        root: '',
        rows_in: 0,
        rows_out: 0,
        dropped: {},
        files: 0,
        bytes: 0,
        tasks: inStore(name)
          ? {
              count: tasks.length,
              digest: digestOfJson(tasks),
              stored_at: `_locks/${digestOfJson(tasks)}.json`,
            }
          : list(tasks),
      },
    ],
  }
}

const tasksOf = (results: readonly number[]) =>
  results.map((result) => ({ key: `k${result}`, fingerprint: fingerprint(result), root: '' }))

function listsFor(name: string, results: readonly number[]): ReadonlyMap<string, Json> {
  const key = lockOf(name, results).stages[0]?.tasks.stored_at
  return new Map(key === undefined ? [] : [[key, asJson(tasksOf(results))]])
}

async function make(store: Store, result: number): Promise<void> {
  await store.create(dataKey('ingest', fingerprint(result), 'samples.arrow'), new Uint8Array(8))
  await store.create(recordKey('ingest', fingerprint(result)), new TextEncoder().encode('{}'))
}

const has = async (store: Store, result: number) =>
  (await store.stat(recordKey('ingest', fingerprint(result)))) !== undefined

test('what no registered run needs is listed first and removed after the grace period', async (t) => {
  const store = memoryStore()
  const time = { now: start }
  for (const result of [1, 2]) await make(store, result)
  await registerSnapshot(store, 'm.yaml', lockOf('m', [1]), clockAt(time))
  const gc = (remove: boolean) => collectGarbage(store, { remove, grace_days: 3, clock: clockAt(time) })
  t.deepEqual(
    (await gc(true)).candidates.map(({ key }) => key),
    [recordKey('ingest', fingerprint(2)), dataKey('ingest', fingerprint(2), 'samples.arrow')],
  )
  time.now += 2 * day
  t.is((await gc(true)).removed, 0)
  time.now += day
  t.is((await gc(true)).removed, 2)
  t.deepEqual((await gc(false)).candidates, [])
  t.true(await has(store, 1))
})

test('a store of an earlier version is not emptied', async (t) => {
  const store = memoryStore()
  await make(store, 1)
  const options = { remove: true, grace_days: 0, clock: clockAt({ now: start }) }
  await t.throwsAsync(collectGarbage(store, options), { code: 'E_NO_SNAPSHOT' })
  await registerSnapshot(store, 'm.yaml', lockOf('m', [1]), options.clock)
  await store.create('_live/plans/other.json', new Uint8Array(0))
  await t.throwsAsync(collectGarbage(store, options), { code: 'E_OTHER_MANIFESTS' })
  t.true((await collectGarbage(store, { ...options, remove: false })).candidates.length === 0)
})

test('the same lock renews its snapshot; another manifest with it has its own', async (t) => {
  const store = memoryStore()
  const time = { now: start }
  for (const path of ['a/m.yaml', 'a/m.yaml', 'b/m.yaml']) {
    await registerSnapshot(store, path, lockOf('m', [1]), clockAt(time))
    time.now += 1000
  }
  const snapshots = await readSnapshots(store)
  t.is(snapshots.length, 2)
  t.is(snapshots[0]?.time, new Date(start + 1000).toISOString())
})

test('forgetting says what it frees, and takes an id, its beginning, or a name', async (t) => {
  const store = memoryStore()
  const time = { now: start }
  for (const result of [1, 2, 3]) {
    await make(store, result)
    await registerSnapshot(store, 'm.yaml', lockOf('m', [result, 3]), clockAt(time))
    time.now += 1000
  }
  const [first] = await readSnapshots(store)
  const told = await forgetSnapshots(
    store,
    { ids: [(first?.id as string).slice(0, 6)] },
    false,
    clockAt(time),
  )
  t.deepEqual(told.frees, { objects: 2, bytes: 10 })
  t.is((await readSnapshots(store)).length, 3)
  await t.throwsAsync(forgetSnapshots(store, { ids: ['zz'] }, true, clockAt(time)), {
    code: 'E_UNKNOWN_SNAPSHOT',
  })
  const kept = await forgetSnapshots(store, { name: 'm', keep_last: 1 }, true, clockAt(time))
  t.is(kept.snapshots.length, 2)
  t.is((await readSnapshots(store)).length, 1)
})

/**
 * Two runs at a time, gc and forget in any order over one store: no lock of a registered run pins a missing
 * result. A run takes the steps that `runManifest` takes: register, look what is there, make the rest,
 * store the lists of the lock, register the snapshot, end.
 */
const interleavings = process.env.COTERIE_LONG ? 1000 : 100

test(`${interleavings} interleavings of runs, gc and forget lose nothing that is registered`, async (t) => {
  const step = fc.oneof(
    fc.record({
      run: fc.integer({ min: 0, max: 1 }),
      name: fc.constantFrom('m', 'n'),
      needs: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    }),
    ...[1, 2, 3, 4].map(() => fc.record({ advance: fc.integer({ min: 0, max: 1 }) })),
    fc.constant({ gc: true } as const),
    fc.record({ forget: fc.constantFrom('m', 'n'), keep: fc.integer({ min: 0, max: 1 }) }),
  )
  let pinned = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const store = memoryStore()
      const time = { now: start }
      const clock = clockAt(time)
      const runs: (AsyncIterator<void> | undefined)[] = [undefined, undefined]
      for (const each of steps) {
        time.now += 1000
        if ('run' in each) runs[each.run] ??= running(store, each.name, each.needs, clock)
        if ('advance' in each && (await runs[each.advance]?.next())?.done) runs[each.advance] = undefined
        if ('gc' in each)
          await collectGarbage(store, { remove: true, grace_days: 0, clock }).catch((error: unknown) =>
            t.is((error as { code?: string }).code, 'E_NO_SNAPSHOT'),
          )
        if ('forget' in each)
          await forgetSnapshots(store, { name: each.forget, keep_last: each.keep }, true, clock)
        for (const { lock } of await readSnapshots(store))
          for (const task of (await lockedStages(lock, store))[0]?.tasks ?? []) {
            pinned += 1
            if (!(await store.stat(recordKey('ingest', task.fingerprint))))
              throw new Error(`${task.key} is pinned and missing`)
          }
      }
      for (const run of runs) await run?.return?.()
    }),
    { numRuns: interleavings },
  )
  t.true(pinned > interleavings)
})

async function* running(
  store: Store,
  name: string,
  needs: readonly number[],
  clock: Clock,
): AsyncGenerator<void> {
  const claim = await registerRunning(store, `${name}.yaml`, planOf(name, needs), clock)
  try {
    yield
    const missing: number[] = []
    for (const result of needs) if (!(await has(store, result))) missing.push(result)
    yield
    for (const result of missing) {
      await make(store, result)
      yield
    }
    await storeLists(listsFor(name, needs), store)
    yield
    await registerSnapshot(store, `${name}.yaml`, lockOf(name, needs), clock)
    yield
  } finally {
    await claim.end()
  }
}
