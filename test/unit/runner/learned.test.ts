import test from 'ava'
import type { Task } from '../../../src/planner/types.js'
import { Learned } from '../../../src/runner/learned.js'
import { temporaryFolder } from '../../fakes/folder.js'

const taskOf = (stage: string, seconds: number, identity?: string) =>
  ({
    stage,
    kind: 'split',
    takes: {},
    splits: identity === undefined ? [] : [{ row_start: 0, shard: { identity } }],
    estimate: { seconds, bytes: 0, memory_bytes: 0 },
  }) as unknown as Task

test('estimates follow what tasks of their kind took; later runs count more', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await Learned.open(folder)
  t.is(first.secondsOf(taskOf('embed', 10)), undefined)
  for (let i = 0; i < 10; i++) first.finished(taskOf('embed', 10), { rows_in: 5, seconds: 30 })
  await first.save()
  const second = await Learned.open(folder)
  const learned = second.secondsOf(taskOf('embed', 10)) ?? 0
  t.true(learned > 28 && learned <= 30, String(learned))
  t.is(second.secondsOf(taskOf('cluster', 10)), undefined)
  for (let i = 0; i < 10; i++) second.finished(taskOf('embed', 10), { rows_in: 5, seconds: 10 })
  await second.save()
  const third = (await Learned.open(folder)).secondsOf(taskOf('embed', 10)) ?? 0
  t.true(third > 10 && third < 15, String(third))
})

test('rows of shards that do not state them are known once they were read', async (t) => {
  const folder = await temporaryFolder(t)
  const learned = await Learned.open(folder)
  learned.finished(taskOf('ingest', 1, 'a'), { rows_in: 4711, seconds: 1 })
  await learned.save()
  const again = await Learned.open(folder)
  t.is(again.rowsOf('a'), 4711)
  t.is(again.rowsOf('b'), undefined)
})

test('a short task hardly changes an estimate', async (t) => {
  const learned = await Learned.open(await temporaryFolder(t))
  learned.finished(taskOf('write', 0.01), { rows_in: 1, seconds: 0.1 })
  await learned.save()
  t.true((learned.secondsOf(taskOf('write', 10)) ?? 0) < 13)
})
