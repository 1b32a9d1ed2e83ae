import fc from 'fast-check'
import test from 'ava'
import type { Clock } from '../../../src/core/clock.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import { makePlan } from '../../../src/planner/plan.js'
import type { Task } from '../../../src/planner/types.js'
import { adopt } from '../../../src/runner/adoption/adopt.js'
import { collectGarbage } from '../../../src/runner/garbage.js'
import { recordKey } from '../../../src/runner/layout.js'
import { registerRunning } from '../../../src/runner/snapshots/running.js'
import { registerSnapshot } from '../../../src/runner/snapshots/register.js'
import { formatKey } from '../../../src/runner/store-format.js'
import {
  encodeRecord,
  fileKey,
  hasRecord,
  readRecord,
  type TaskRecord,
} from '../../../src/runner/task/record.js'
import { makeLock } from '../../../src/planner/lock.js'
import { fakeNodes, fakeShard, fakeSurvey } from '../../fakes/stages.js'

const plan = makePlan({ name: 'm', nodes: fakeNodes(), evaluation: {} }, fakeSurvey(fakeShard('a.tar')))
const task = plan.stages[0]?.tasks[0] as Task
const earlier = 'e'.repeat(64)

/** Time stands still; a sleep ends at once, or with its signal if it is long. */
const clock: Clock = {
  now: () => 1_700_000_000_000,
  monotonic: () => 0,
  sleep: (milliseconds, signal) =>
    milliseconds < 10_000
      ? Promise.resolve()
      : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
}

const recordOf = (fingerprint: string): TaskRecord => ({
  format: 1,
  stage: task.stage,
  key: task.key,
  fingerprint,
  version: 1,
  entries: [],
  split_ids: [],
  files: [{ name: 'lines.txt', size: 3, sha256: '0'.repeat(64) }],
  accounting: { rows_in: 1, expanded: 0, rows_out: 1, dropped: {} },
  inputs: {},
  notes: {},
  seconds: 1,
  memory_bytes: 1,
  machine: { node: '', arch: '', cpu: '' },
})

/** A store with one result that nothing needs, which the next deletion would take. */
async function withUnneeded(): Promise<Store> {
  const store = memoryStore()
  const record = recordOf(earlier)
  await store.create(fileKey(record, 'lines.txt'), new Uint8Array(3))
  await store.create(recordKey(task.stage, earlier), encodeRecord(record))
  await registerSnapshot(store, 'other.yaml', makeLock({ ...plan, stages: [] }, new Map()).lock, clock)
  await gc(store)
  return store
}

const gc = (store: Store) => collectGarbage(store, { remove: true, grace_days: 0, clock })

/** Whether the data of the task's record is there, if it has one. */
async function isWhole(store: Store): Promise<boolean> {
  if (!(await hasRecord(store, task))) return true
  return (await store.stat(fileKey(await readRecord(store, task), 'lines.txt'))) !== undefined
}

test('an adopted result has the files and counts of the other task, under its own name', async (t) => {
  const store = await withUnneeded()
  t.truthy(await adopt(store, task, recordOf(earlier), clock))
  const record = await readRecord(store, task)
  t.like(record, { format: 2, data: earlier, fingerprint: task.fingerprint, key: task.key })
  t.deepEqual(record.files, recordOf(earlier).files)
  t.is(new TextDecoder().decode(await store.read(formatKey)), '{"format":2}\n')
})

test('of results that were adopted, the first is named, however long the chain', async (t) => {
  const store = await withUnneeded()
  const first = await adopt(store, task, recordOf(earlier), clock)
  const next = { ...task, fingerprint: 'f'.repeat(64) }
  t.is((await adopt(store, next, first as TaskRecord, clock))?.data, earlier)
})

test('a result whose files are damaged or gone is not adopted', async (t) => {
  const store = await withUnneeded()
  await store.remove(fileKey(recordOf(earlier), 'lines.txt'))
  t.is(await adopt(store, task, recordOf(earlier), clock), undefined)
  t.false(await hasRecord(store, task))
})

test('the data of an adopted result stays as long as the result is needed, and goes after it', async (t) => {
  const store = await withUnneeded()
  const running = await registerRunning(store, 'm.yaml', plan, clock)
  t.truthy(await adopt(store, task, recordOf(earlier), clock))
  for (let round = 0; round < 4; round++) await gc(store)
  t.true(await hasRecord(store, task))
  t.true(await hasRecord(store, { stage: task.stage, fingerprint: earlier }))
  await running.end()
  for (let round = 0; round < 6; round++) {
    await gc(store)
    t.true(await isWhole(store))
  }
  t.false(await hasRecord(store, task))
  t.false(await hasRecord(store, { stage: task.stage, fingerprint: earlier }))
})

/** A store whose every call waits for its turn. */
function taking(turns: fc.Scheduler, store: Store): Store {
  const turn = <T>(call: () => Promise<T>) => turns.schedule(Promise.resolve()).then(call)
  return {
    ...store,
    uri: store.uri,
    stat: (key) => turn(() => store.stat(key)),
    read: (key, options) => turn(() => store.read(key, options)),
    create: (key, body) => turn(() => store.create(key, body)),
    replace: (key, body, expected) => turn(() => store.replace(key, body, expected)),
    remove: (key) => turn(() => store.remove(key)),
    async *list(prefix) {
      await turn(() => Promise.resolve())
      yield* store.list(prefix)
    },
    stream: (key, options) => store.stream(key, options),
    sweep: (age) => store.sweep(age),
  }
}

const interleavings = process.env.COTERIE_LONG ? 2000 : 150

test(`${interleavings} interleavings of an adoption and deletions lose no data`, async (t) => {
  let adopted = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (turns, registered) => {
      const store = await withUnneeded()
      // A run whose claim lapsed is not registered, and yet nothing may be lost.
      const running = registered ? await registerRunning(store, 'm.yaml', plan, clock) : undefined
      const busy = taking(turns, store)
      const both = Promise.all([
        adopt(busy, task, recordOf(earlier), clock).catch((error: { code?: string }) => error.code),
        (async () => {
          await gc(busy)
          await gc(busy)
        })(),
      ])
      await turns.waitFor(both)
      if (!(await isWhole(store))) throw new Error('a record refers to data that is gone')
      if (await hasRecord(store, task)) adopted += 1
      else refused += 1
      for (let round = 0; round < 3; round++) {
        await gc(store)
        if (!(await isWhole(store))) throw new Error('a later deletion took what a record refers to')
      }
      await running?.end()
    }),
    { numRuns: interleavings },
  )
  t.true(adopted > 0)
  t.true(refused > 0)
})
