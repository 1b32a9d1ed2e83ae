import test from 'ava'
import fc from 'fast-check'
import type { Task } from '../../../src/planner/types.js'
import type { Resources, SchedulerLimits } from '../../../src/schedulers/scheduler.js'
import { planSubmission } from '../../../src/submission/arrays/plan.js'
import type { ActiveJob, PlannedArray, SubmissionRequest } from '../../../src/submission/arrays/types.js'
import { sourcesOf } from '../../../src/submission/arrays/waves.js'
import { modePlan } from '../../fakes/mode-plan.js'

const plenty: SchedulerLimits = { array_size: 1000, dependencies: 1000, waits_for_end: true }
const resources: Resources = { cpus: 1, memory_bytes: 1e9, seconds: 60, gpus: 0, nodes: 1 }

const submit = (tasks: readonly Task[], options: Partial<SubmissionRequest> = {}) =>
  planSubmission({
    tasks,
    active: new Map(),
    limits: plenty,
    element_seconds: 0,
    resources: () => resources,
    ...options,
  })

const all = async (shards: number) => (await modePlan(shards)).stages.flatMap((stage) => stage.tasks)
const dependency = (one: PlannedArray['after'][number]) =>
  'array' in one ? `${one.kind} ${one.array}` : `${one.kind} job ${one.job.id}`
const shape = (arrays: readonly PlannedArray[]) =>
  arrays.map(({ node, elements, after }) =>
    `${node} ${elements.length} ${after.map(dependency).join(', ')}`.trim(),
  )

test('a stage that works per shard depends index by index, without duplicates', async (t) => {
  const { arrays } = submit(await all(5))
  t.deepEqual(shape(arrays), [
    'ingest 5',
    'embed 5 each 0',
    'cluster 1 all 1',
    'assign 5 all 2',
    'write 1 all 3',
    'write 1 all 4',
    'train 1 all 5',
    'train 13 all 6',
    'evaluate 1 all 7',
    'report 1 all 8',
  ])
})

test('finished tasks are not waited for, and a half-finished stage does not delay the rest', async (t) => {
  const tasks = await all(4)
  const ingest = tasks.filter(({ node }) => node === 'ingest')
  const done = new Set(ingest.slice(0, 2).map(({ fingerprint }) => fingerprint))
  const { arrays } = submit(tasks.filter(({ fingerprint }) => !done.has(fingerprint)))
  t.deepEqual(shape(arrays).slice(0, 4), ['ingest 2', 'embed 2', 'embed 2 each 0', 'cluster 1 all 1, all 2'])
})

test('small tasks share an element until it is full, and so do the tasks that follow them', async (t) => {
  const { arrays } = submit(await all(40), { element_seconds: 10 })
  const [ingest, embed] = arrays
  t.true((ingest?.elements.length ?? 0) < 10)
  t.deepEqual(
    embed?.elements.map((element) => element.map(({ key }) => key)),
    ingest?.elements.map((element) => element.map(({ key }) => key)),
  )
  for (const element of ingest?.elements ?? [])
    t.true(element.reduce((sum, task) => sum + task.estimate.seconds, 0) <= 10)
})

test('more elements than an array may have become several arrays with their own dependencies', async (t) => {
  const { arrays } = submit(await all(7), { limits: { ...plenty, array_size: 3 } })
  t.deepEqual(shape(arrays).slice(0, 7), [
    'ingest 3',
    'ingest 3',
    'ingest 1',
    'embed 3 each 0',
    'embed 3 each 1',
    'embed 1 each 2',
    'cluster 1 all 3, all 4, all 5',
  ])
})

test('with few dependencies allowed, elements grow until arrays can depend on all they need', async (t) => {
  const { arrays } = submit(await all(500), {
    limits: { array_size: 10, dependencies: 4, waits_for_end: false },
  })
  t.true(arrays.every(({ after, elements }) => after.length <= 4 && elements.length <= 10))
})

test('running jobs are waited for by id, those with failed elements only until they end', async (t) => {
  const tasks = await all(2)
  const first = tasks.filter(({ node }) => node === 'ingest' || node === 'embed')
  const rest = tasks.filter((task) => !first.includes(task))
  const job = (failing: boolean): ActiveJob => ({ id: '7', size: 2, failing })
  const active = (failing: boolean) =>
    new Map(first.map(({ fingerprint }) => [fingerprint, job(failing)] as const))
  t.is(shape(submit(rest, { active: active(false) }).arrays)[0], 'cluster 1 all job 7')
  t.is(shape(submit(rest, { active: active(true) }).arrays)[0], 'cluster 1 ended job 7')
  const held = submit(rest, { active: active(true), limits: { ...plenty, waits_for_end: false } })
  t.is(held.arrays.length, 0)
  t.is(held.held_back.length, rest.length)
})

test('tasks that depend on too many running jobs are left for later, others are submitted', async (t) => {
  const tasks = await all(30)
  const ingested = tasks.filter(({ node }) => node === 'ingest')
  const jobs = new Map(
    tasks
      .filter(({ node }) => node === 'embed')
      .map(
        ({ fingerprint }, index) => [fingerprint, { id: String(index), size: 1, failing: false }] as const,
      ),
  )
  const rest = tasks.filter((task) => !jobs.has(task.fingerprint) && !ingested.slice(1).includes(task))
  const { arrays, held_back } = submit(rest, { active: jobs, limits: { ...plenty, dependencies: 20 } })
  t.deepEqual(shape(arrays), ['ingest 1'])
  t.is(held_back.length, rest.length - 1)
  t.true(held_back.some(({ node }) => node === 'cluster') && held_back.some(({ node }) => node === 'report'))
})

test('for any set of missing tasks each is in one array, after all of its inputs', async (t) => {
  const tasks = await all(12)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: tasks.length - 1 })),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 20 }),
      (gone, array_size, element_seconds) => {
        const done = new Set(gone.map((index) => tasks[index]?.fingerprint))
        const missing = tasks.filter(({ fingerprint }) => !done.has(fingerprint))
        const { arrays } = submit(missing, { element_seconds, limits: { ...plenty, array_size } })
        const place = new Map(
          arrays.flatMap(({ elements }, array) =>
            elements.flatMap((element, index) =>
              element.map((task) => [task.fingerprint, { array, index }] as const),
            ),
          ),
        )
        t.is(arrays.flatMap(({ elements }) => elements.flat()).length, missing.length)
        t.is(place.size, missing.length)
        for (const task of missing) {
          const { array, index } = place.get(task.fingerprint) as { array: number; index: number }
          for (const source of sourcesOf(task)) {
            const needed = place.get(source)
            if (needed)
              t.true(
                guaranteed(arrays, array, index, needed),
                `${task.node}/${task.key} may start before what it takes`,
              )
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

/** Whether an element can only start when `needed` has succeeded, by its array's dependencies and theirs. */
function guaranteed(
  arrays: readonly PlannedArray[],
  array: number,
  index: number | 'all',
  needed: { array: number; index: number },
): boolean {
  return (arrays[array]?.after ?? []).some((one) => {
    if (!('array' in one)) return false
    const at = one.kind === 'each' ? index : 'all'
    return (
      (one.array === needed.array && (at === 'all' || at === needed.index)) ||
      guaranteed(arrays, one.array, at, needed)
    )
  })
}
