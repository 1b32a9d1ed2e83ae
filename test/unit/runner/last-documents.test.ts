import test from 'ava'
import { memoryStore } from '../../../src/io/store/memory.js'
import { findLast, lastKey, removeLast } from '../../../src/runner/last-documents.js'
import { readLastTasks, rememberTasks } from '../../../src/runner/last-tasks.js'
import { nameOfPlan } from '../../../src/runner/layout.js'

const by = { manifest: '/ann/m.yaml', user: 'ann', host: 'one' }
const tasksOf = (fingerprint: string) => ({
  manifest: 'm',
  stages: [{ node: 'a', stage: 'a', tasks: [{ node: 'a', stage: 'a', key: 'k', fingerprint }] }],
})

test('manifests of one name each recall their own last tasks', async (t) => {
  const store = memoryStore()
  const people = [by, { ...by, manifest: '/ann/copy.yaml' }, { ...by, user: 'bob' }, { ...by, host: 'two' }]
  for (const [index, one] of people.entries()) await rememberTasks(store, one, tasksOf(`f${index}`), true)
  for (const [index, one] of people.entries())
    t.deepEqual(await readLastTasks(store, one, 'm'), tasksOf(`f${index}`))
  await rememberTasks(store, by, tasksOf('f0'), false)
  t.deepEqual(
    await readLastTasks(store, people[1]!, 'm'),
    tasksOf('f1'),
    'without plugins, only its own goes',
  )
})

test('without a plan of this host, one of another host counts, then one of an earlier version', async (t) => {
  const store = memoryStore()
  t.is(await findLast(store, 'summary', 'm', by), undefined)
  await store.create('_live/plans/m.json', new Uint8Array(1))
  t.is(await findLast(store, 'summary', 'm', by), '_live/plans/m.json')
  const other = lastKey('summary', 'm', { ...by, host: 'two' })
  await store.create(other, new Uint8Array(1))
  t.is(await findLast(store, 'summary', 'm', by), other)
  await store.create(lastKey('summary', 'm', by), new Uint8Array(1))
  t.is(await findLast(store, 'summary', 'm', by), lastKey('summary', 'm', by))
  t.deepEqual([other, '_live/plans/m.json', '_live/plan/m.json'].map(nameOfPlan), ['m', 'm', undefined])
  await removeLast(store, 'm')
  t.is(await findLast(store, 'summary', 'm', by), undefined)
})
