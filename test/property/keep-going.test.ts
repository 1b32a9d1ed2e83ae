import test from 'ava'
import fc from 'fast-check'
import { TaskQueue } from '../../src/local-executor/queue.js'
import type { Task } from '../../src/planner/types.js'

/** Task i takes some of the tasks before it. */
const graph = fc.integer({ min: 1, max: 30 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, at) =>
      fc.record({
        takes:
          at === 0
            ? fc.constant<number[]>([])
            : fc.uniqueArray(fc.integer({ min: 0, max: at - 1 }), { maxLength: 4 }),
        fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
        exclusive: fc.boolean(),
      }),
    ),
  ),
)

const taskOf = (at: number, takes: readonly number[], exclusive: boolean) =>
  ({
    fingerprint: String(at),
    exclusive,
    after: [],
    takes: { in: takes.map((from) => ({ fingerprint: String(from) })) },
  }) as unknown as Task

test('exactly those tasks run that need no failed one, in any order of ends', (t) => {
  fc.assert(
    fc.property(graph, fc.infiniteStream(fc.nat()), (nodes, choices) => {
      const queue = new TaskQueue(nodes.map(({ takes, exclusive }, at) => taskOf(at, takes, exclusive)))
      const ran = new Set<number>()
      const running: Task[] = []
      for (;;) {
        for (let task = queue.take(); task; task = queue.take()) running.push(task)
        if (running.length === 0) break
        const pick = (choices.next().value as number) % running.length
        const [task] = running.splice(pick, 1) as [Task]
        const at = Number(task.fingerprint)
        ran.add(at)
        if (nodes[at]?.fails) queue.failed(task)
        else queue.finished(task)
      }
      const complete: boolean[] = []
      const expected = new Set<number>()
      nodes.forEach(({ takes, fails }, at) => {
        const startable = takes.every((from) => complete[from])
        if (startable) expected.add(at)
        complete.push(startable && !fails)
      })
      t.deepEqual(
        [...ran].sort((a, b) => a - b),
        [...expected],
      )
      t.is(queue.left, nodes.length - expected.size)
    }),
  )
})
