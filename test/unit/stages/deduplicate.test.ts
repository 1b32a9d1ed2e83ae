import test from 'ava'
import { openGemm } from '../../../src/math/gemm/gemm.js'
import { nearDuplicates } from '../../../src/math/duplicates/near-duplicates.js'
import { deduplicate } from '../../../src/stages/deduplicate/spec.js'
import { planted } from '../../fakes/planted.js'
import { fakeSplit } from '../../fakes/task-context.js'

test('a vector is dropped exactly when an earlier one is nearly the same', async (t) => {
  // More rows than a block, and groups that lie in several.
  const data = planted({ rows: 1300, width: 8, clusters: 400, noise: 0.05 })
  const gemm = openGemm(1)
  const found = await nearDuplicates(data.vectors, data.rows, data.width, 0.97, gemm)
  await gemm.close()
  const cosine = (a: number, b: number) => {
    let sum = 0
    for (let t = 0; t < 8; t++) sum += data.vectors[a * 8 + t]! * data.vectors[b * 8 + t]!
    return sum
  }
  const marked = found.reduce((sum, value) => sum + value, 0)
  for (let at = 0; at < data.rows; at++) {
    let most = -1
    for (let other = 0; other < at; other++) most = Math.max(most, cosine(at, other))
    // Between these, float32 rounding decides.
    if (Math.abs(most - 0.97) > 1e-5) t.is(found[at], most > 0.97 ? 1 : 0, `row ${at}: ${most}`)
  }
  t.true(marked > 100 && marked < 1200, `${marked}`)
})

test('of equal vectors one is kept, and an empty set has no duplicates', async (t) => {
  const same = new Float32Array(5 * 4).fill(0.5)
  const gemm = openGemm(1)
  t.deepEqual([...(await nearDuplicates(same, 5, 4, 0.99, gemm))], [0, 1, 1, 1, 1])
  t.is((await nearDuplicates(new Float32Array(0), 0, 0, 0.99, gemm)).length, 0)
  await gemm.close()
})

test('comparing tasks cover every fine cluster once, and each split has a final task', (t) => {
  const splits = ['a', 'b', 'c'].map((name) => ({ ...fakeSplit(name), row_end: 5000 }))
  const tasks = splits.map((split) => ({ key: `split-${split.id}`, kind: 'task', splits: [split] }))
  const parts = deduplicate.partition({
    options: { similarity: 0.9, keep: 'marginal', rows_per_task: 4000 },
    splits,
    takes: { vectors: tasks, assignments: tasks },
    facts: { fine: 10 },
    evaluation: {},
  })
  const ranges = parts.flatMap((part) => (part.kind === 'compare' ? [part.params] : []))
  t.is(ranges.length, 4)
  t.deepEqual(
    ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at)),
    Array.from({ length: 10 }, (_, at) => at),
  )
  t.deepEqual(
    parts.filter(({ internal }) => !internal).map(({ key }) => key),
    tasks.map(({ key }) => key),
  )
})
