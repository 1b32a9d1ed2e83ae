import test from 'ava'
import { memoryStore } from '../../../src/io/store/memory.js'
import { Marker } from '../../../src/submission/marker.js'
import type { ObservedElement } from '../../../src/submission/observe.js'
import { runningTasks } from '../../../src/submission/running.js'
import { ManualClock } from '../../fakes/manual-clock.js'

const element = (
  index: number,
  state: 'running' | 'succeeded',
  seen_ms: number,
  mark: 'running' | 'stopped' = 'running',
) =>
  ({
    array: { name: 'm-train-1', submission: { folder: 'm' } },
    index,
    earlier: 0,
    verdict: { state, mark: { index, attempt: 0, state: mark, seen_ms } },
  }) as unknown as ObservedElement

test('the latest message of a training is shown with its task, with its age', async (t) => {
  const store = memoryStore()
  const clock = new ManualClock()
  const told = clock.now()
  const place = { folder: 'm', array: 'm-train-1', attempt: 0 }
  await new Marker(store, clock, { ...place, index: 0 }).beat({
    task: 'train/expert-0',
    rows_done: 4096,
    rows_total: 16384,
    detail: 'step 4 of 16, loss 3.2',
  })
  // Not come to a task yet.
  await new Marker(store, clock, { ...place, index: 1 }).beat({ tasks: 2 })
  clock.pass(42_000)
  const elements = [
    element(0, 'running', told),
    element(1, 'running', told),
    element(2, 'running', told),
    element(3, 'succeeded', told),
    element(4, 'running', told, 'stopped'),
  ]
  t.deepEqual(await runningTasks(store, elements, clock), [
    {
      task: 'train/expert-0',
      rows_done: 4096,
      rows_total: 16384,
      detail: 'step 4 of 16, loss 3.2',
      seconds_ago: 42,
    },
  ])
})

test('of thousands of running tasks the first twenty are read', async (t) => {
  const store = memoryStore()
  const clock = new ManualClock()
  const elements = Array.from({ length: 50 }, (_, index) => element(index, 'running', clock.now()))
  for (let index = 0; index < 50; index++)
    await new Marker(store, clock, { folder: 'm', array: 'm-train-1', index, attempt: 0 }).beat({
      task: `embed/split-${index}`,
      rows_done: 1,
      rows_total: null,
      detail: null,
    })
  const running = await runningTasks(store, elements, clock)
  t.deepEqual(
    running.map(({ task }) => task),
    Array.from({ length: 20 }, (_, index) => `embed/split-${index}`),
  )
})
