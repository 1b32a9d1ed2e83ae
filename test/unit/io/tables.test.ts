import test from 'ava'
import fc from 'fast-check'
import { floatToHalf, halfToFloat } from '../../../src/core/half.js'
import type { PipelineError } from '../../../src/core/error.js'
import { encodeNpy, openNpy } from '../../../src/io/npy.js'
import { memorySource } from '../../../src/io/source.js'
import { decodeAssignments, encodeAssignments } from '../../../src/io/tables/assignments.js'
import { decodeSamples, encodeSamples, type Samples } from '../../../src/io/tables/samples.js'

test('every float16 survives a round trip, and rounding is to nearest even', (t) => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
    (half) => (half & 0x7c00) !== 0x7c00 || (half & 0x3ff) === 0,
  )
  t.deepEqual(floatToHalf(halfToFloat(all)), all)
  t.deepEqual(
    [...floatToHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65520, 2 ** -25, 1.5 * 2 ** -25))],
    [0x3c00, 0x3c02, 0x7c00, 0, 1],
  )
  t.true(Number.isNaN(halfToFloat(floatToHalf(Float32Array.of(NaN)))[0]))
})

test('samples survive a round trip, whatever their captions', (t) => {
  const row = fc.record({
    key: fc.string(),
    caption: fc.string({ unit: 'grapheme' }),
    captions: fc.option(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })),
    holdout: fc.integer({ min: 0, max: 1 }),
    member: fc.option(fc.string()),
    offset: fc.integer({ min: 0, max: 2 ** 48 }),
    url: fc.option(fc.webUrl()),
  })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      const samples: Samples = {
        length: rows.length,
        row: Uint32Array.from(rows, (_, i) => i),
        key: rows.map(({ key }) => key),
        caption: rows.map(({ caption }) => caption),
        captions: rows.map(({ captions }) => captions),
        holdout: Uint8Array.from(rows, ({ holdout }) => holdout),
        member: rows.map(({ member }) => member),
        offset: Float64Array.from(rows, ({ offset }) => offset),
        size: new Float64Array(rows.length),
        url: rows.map(({ url }) => url),
        metadata: rows.map(() => null),
      }
      const bytes = encodeSamples(samples)
      t.deepEqual(decodeSamples(bytes), samples)
      t.deepEqual(encodeSamples(samples), bytes)
    }),
    { numRuns: 50, seed: 3 },
  )
})

test('assignments keep their reasons, and other bytes are refused', (t) => {
  const rows = {
    length: 3,
    fine: Uint32Array.of(5, 0, 7),
    expert: Uint16Array.of(1, 0, 2),
    distance: Float32Array.of(0.5, 0, 0.25),
    reason: [null, 'vector_zero', null],
  }
  const found = decodeAssignments(encodeAssignments(rows))
  t.deepEqual(found.reason, rows.reason)
  t.is(found.fine[2], 7)
  t.is(t.throws<PipelineError>(() => decodeAssignments(new Uint8Array(20))).code, 'E_ARROW')
})

test('arrays return the requested rows from sources that reuse their buffers', async (t) => {
  const bytes = encodeNpy(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [4, 3],
  )
  const pooled = Buffer.concat([Buffer.from('x'), bytes]).subarray(1)
  const array = await openNpy(memorySource('a.npy', pooled))
  t.deepEqual(await array.readRows(1, 3), Float32Array.of(3, 4, 5, 6, 7, 8))
  t.is(
    (await t.throwsAsync<PipelineError>(openNpy(memorySource('cut.npy', bytes.subarray(0, 100))))).code,
    'E_NPY',
  )
})
