import test from 'ava'
import fc from 'fast-check'
import { planBatches, paddedLength } from '../../../../src/math/encoder/transformer/batches.js'

test('every row is in one batch of its padded length, and no batch is far above its token limit', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 512 }), { maxLength: 300 }),
      fc.integer({ min: 64, max: 4096 }),
      (counts, tokens) => {
        const batches = planBatches(counts, 512, tokens)
        const seen = batches.flatMap((batch) => batch.rows)
        t.deepEqual(
          [...seen].sort((a, b) => a - b),
          counts.map((_, row) => row),
        )
        for (const batch of batches) {
          for (const row of batch.rows) t.is(batch.length, paddedLength(counts[row] as number, 512))
          t.true(batch.rows.length <= Math.max(2, Math.floor(tokens / batch.length)))
        }
      },
    ),
  )
})

test('captions are padded exactly, longer texts a little, none beyond the limit', (t) => {
  for (let tokens = 1; tokens <= 512; tokens++) {
    const length = paddedLength(tokens, 512)
    t.true(length >= tokens && length <= 512)
    t.true(length - tokens <= tokens / 8)
    t.is(paddedLength(tokens, tokens), tokens)
  }
  t.is(paddedLength(32, 512), 32)
})
