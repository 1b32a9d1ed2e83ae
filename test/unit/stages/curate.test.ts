import fc from 'fast-check'
import test from 'ava'
import { levelsFor } from '../../../src/stages/curate/levels.js'
import { quotas } from '../../../src/stages/curate/quotas.js'

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0)

test('the children of a node have equal shares, and what one cannot use goes to the others', (t) => {
  // Two topics: one of a single large cluster, one of three, of which one is tiny.
  const granted = quotas([1000, 300, 300, 10], [Uint32Array.of(0, 1, 1, 1)], 200)
  t.deepEqual([...granted], [100, 45, 45, 10])
  t.deepEqual([...quotas([1000, 300, 300, 10], [], 200)].map(Math.round), [63, 63, 63, 10])
})

test('200,000 fine clusters below one node get the same', (t) => {
  const granted = quotas(new Float64Array(200_000).fill(3), [new Uint32Array(200_000)], 200_000)
  t.true(granted.every((quota) => Math.abs(quota - 1) < 1e-6))
})

test('the whole target is granted, and no cluster gets more than it holds', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rows, parents, share) => {
        const tree = [Uint32Array.from(rows, (_, at) => at % Math.min(parents, rows.length))]
        const target = share * sum(rows)
        const granted = quotas(rows, tree, target)
        return (
          Math.abs(sum(granted) - target) < 1e-6 * (1 + target) &&
          granted.every((quota, at) => quota <= rows[at]! + 1e-9 && quota >= 0)
        )
      },
    ),
  )
  t.pass()
})

test('levels shrink by a ratio, or are those that were given', (t) => {
  t.deepEqual([...levelsFor(65536, [])], [4096, 256, 16])
  t.deepEqual([...levelsFor(12, [])], [])
  t.deepEqual([...levelsFor(1024, [100, 5])], [100, 5])
})
