import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openGemm } from '../../../src/math/gemm/gemm.js'
import { backward, factorise, forward, solve } from '../../../src/math/ridge/cholesky.js'
import { momentsOf, without } from '../../../src/math/ridge/moments.js'
import { ridge, ridgeOfRows, shrunkRidge } from '../../../src/math/ridge/regression.js'
import { learnWhitening, whiten } from '../../../src/math/ridge/whiten.js'

const gemm = openGemm(1)
test.after.always(() => gemm.close())

function gaussian(count: number, seed: string): Float32Array {
  const random = new Random(seed)
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit()),
  )
}

function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  let worst = 0
  for (let i = 0; i < found.length; i++) worst = Math.max(worst, Math.abs(found[i]! - expected[i]!))
  return worst <= tolerance ? 0 : worst
}

test('Cholesky of [[4, 2], [2, 5]] is [[2, 0], [1, 2]]', async (t) => {
  const factor = await factorise(Float32Array.of(4, 2, 2, 5), 2, gemm)
  t.deepEqual(Array.from(factor.lower), [2, 0, 1, 2])
  // A·x = (8, 9): x = (1.375, 1.25).
  t.deepEqual(Array.from(await solve(factor, Float32Array.of(8, 9), 1, gemm)), [1.375, 1.25])
  t.deepEqual(Array.from(await forward(factor, Float32Array.of(8, 9), 1, gemm)), [4, 2.5])
  t.deepEqual(Array.from(await backward(factor, Float32Array.of(4, 2.5), 1, gemm)), [1.375, 1.25])
})

test('Cholesky solves across block borders', async (t) => {
  for (const n of [95, 96, 97, 250]) {
    const b = gaussian(n * n, `b${n}`)
    const a = await gemm.multiply(b, b, { m: n, k: n, n, transpose_b: true })
    for (let i = 0; i < n; i++) a[i * n + i]! += n
    const x = gaussian(n * 3, `x${n}`)
    const right = await gemm.multiply(a, x, { m: n, k: n, n: 3 })
    t.is(close(await solve(await factorise(a, n, gemm), right, 3, gemm), x, 1e-4), 0, `n = ${n}`)
  }
})

test('a singular matrix is refused by name', async (t) => {
  await t.throwsAsync(factorise(Float32Array.of(1, 1, 1, 1), 2, gemm), { code: 'E_NOT_POSITIVE_DEFINITE' })
})

const pairs = {
  features: Float32Array.of(1, 0, 1, 0, 0, 1),
  width: 2,
  targets: Float32Array.of(1, 3, 4),
  target_width: 1,
}

test('ridge of two features that never occur together is that computed by hand', async (t) => {
  // Feature 0 in rows 0 and 1 (targets 1, 3), feature 1 in row 2 (target 4): W = (4/(2+λ), 4/(1+λ)).
  const moments = await momentsOf(pairs, [0, 1, 2], gemm)
  t.deepEqual(Array.from(moments.gram), [2, 0, 0, 1])
  t.deepEqual(Array.from(moments.cross), [4, 4])
  t.is(close(await ridge(moments, 1, gemm), [4 / 3, 2], 1e-6), 0)
  t.is(close(await ridge(moments, 0.001, gemm), [4 / 2.001, 4 / 1.001], 1e-5), 0)
})

test('an expert weights its own rows fully and all rows by ρ, as computed by hand', async (t) => {
  const all = await momentsOf(pairs, [0, 1, 2], gemm)
  const own = await momentsOf(pairs, [1], gemm)
  // ρ = 0.5, λ = 1: ((1 + 0.5·2 + 0.5)·w0 = 3 + 0.5·4, (0 + 0.5·1 + 0.5)·w1 = 0.5·4).
  t.is(close(await shrunkRidge(own, all, 1, 0.5, gemm), [5 / 2.5, 2], 1e-6), 0)
})

test('an expert without rows of its own, or with a large ρ, is the dense solution', async (t) => {
  const all = await momentsOf(pairs, [0, 1, 2], gemm)
  const dense = await ridge(all, 1, gemm)
  t.is(close(await shrunkRidge(await momentsOf(pairs, [], gemm), all, 1, 0.1, gemm), dense, 1e-6), 0)
  t.is(close(await shrunkRidge(await momentsOf(pairs, [1], gemm), all, 1, 1e6, gemm), dense, 1e-5), 0)
})

test('moments are additive: all rows minus some are the others', async (t) => {
  const rows = 2500
  const random = {
    features: gaussian(rows * 5, 'f'),
    width: 5,
    targets: gaussian(rows * 2, 't'),
    target_width: 2,
  }
  const every = Array.from({ length: rows }, (_, row) => row)
  const held = every.filter((row) => row % 7 === 0)
  const left = without(await momentsOf(random, every, gemm), await momentsOf(random, held, gemm))
  const direct = await momentsOf(
    random,
    every.filter((row) => row % 7 !== 0),
    gemm,
  )
  t.is(left.rows, direct.rows)
  t.is(close(left.gram, direct.gram, 1e-2), 0)
  t.is(close(left.cross, direct.cross, 1e-2), 0)
})

test('the dual form has the same solution for fewer rows than features', async (t) => {
  const wide = {
    features: gaussian(20 * 50, 'w'),
    width: 50,
    targets: gaussian(20 * 3, 'v'),
    target_width: 3,
  }
  const rows = Array.from({ length: 20 }, (_, row) => row)
  const primal = await ridge(await momentsOf(wide, rows, gemm), 2, gemm)
  t.is(close(await ridgeOfRows(wide, rows, 2, gemm), primal, 1e-4), 0)
})

test('ridge recovers a planted map', async (t) => {
  const planted = gaussian(6 * 2, 'planted')
  const features = gaussian(4000 * 6, 'planted features')
  const targets = await gemm.multiply(features, planted, { m: 4000, k: 6, n: 2 })
  const moments = await momentsOf(
    { features, width: 6, targets, target_width: 2 },
    Array.from({ length: 4000 }, (_, row) => row),
    gemm,
  )
  t.is(close(await ridge(moments, 0.01, gemm), planted, 1e-3), 0)
})

test('whitened rows have unit length; without the floor their covariance is the identity', async (t) => {
  const width = 8
  const mix = gaussian(width * width, 'mix')
  const rows = await gemm.multiply(gaussian(5000 * width, 'rows'), mix, { m: 5000, k: width, n: width })
  const whitening = await learnWhitening(rows, width, 0, gemm)
  const centred = rows.map((value, i) => value - whitening.mean[i % width]!)
  const white = await gemm.multiply(centred, whitening.matrix, { m: 5000, k: width, n: width })
  const covariance = (
    await gemm.multiply(white, white, { m: width, k: 5000, n: width, transpose_a: true })
  ).map((value) => value / 5000)
  const identity = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0))
  t.is(close(covariance, identity, 2e-2), 0)
  const unit = await whiten(rows.slice(0, width * 4), whitening, gemm)
  for (let row = 0; row < 4; row++)
    t.true(Math.abs(Math.hypot(...unit.subarray(row * width, (row + 1) * width)) - 1) < 1e-5)
})
