import test from 'ava'
import { floatToHalf } from '../../../src/core/half.js'
import { encodeNpy, openNpy } from '../../../src/io/npy.js'
import { memorySource } from '../../../src/io/source.js'
import { blocksOf } from '../../../src/stages/assign/blocks.js'

const numbers = Float32Array.from({ length: 10 * 3 }, (_, at) => at / 4)

for (const [dtype, data] of [
  ['float32', numbers],
  ['float16', floatToHalf(numbers)],
] as const) {
  test(`blocks of ${dtype} hold every row once and stay valid while the next one is read`, async (t) => {
    const npy = await openNpy(memorySource('vectors.npy', encodeNpy(data, [10, 3])))
    const seen: number[] = []
    for await (const { start, end, vectors } of blocksOf(npy, 4)) {
      t.true(vectors.buffer instanceof SharedArrayBuffer)
      t.is(vectors.length, (end - start) * 3)
      // Longer than reading ahead takes.
      await new Promise((resolve) => setImmediate(resolve))
      seen.push(...vectors)
    }
    t.deepEqual(seen, [...numbers])
  })
}

test('the next block is requested early, and its error is raised in its turn', async (t) => {
  const asked: number[] = []
  const blocks = blocksOf(
    {
      dtype: 'float32',
      shape: [10, 3],
      readRows: async (start, end, into) => {
        asked.push(start)
        if (start === 8) throw new Error('gone')
        return into!.subarray(0, (end - start) * 3)
      },
    },
    4,
  )
  t.is((await blocks.next()).value?.start, 0)
  t.deepEqual(asked, [0, 4])
  t.is((await blocks.next()).value?.start, 4)
  t.deepEqual(asked, [0, 4, 8])
  await t.throwsAsync(blocks.next(), { message: 'gone' })
})

test('an array without rows has no blocks', async (t) => {
  const npy = await openNpy(memorySource('vectors.npy', encodeNpy(new Float32Array(0), [0, 3])))
  t.true((await blocksOf(npy, 4).next()).done)
})
