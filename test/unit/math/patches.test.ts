import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openGemm } from '../../../src/math/gemm/gemm.js'
import { encodePatchModel } from '../../../src/math/patches/graph.js'
import {
  contrastFloor,
  imageSide,
  learnDictionary,
  patchSide,
  patchWidth,
  type Dictionary,
} from '../../../src/math/patches/learn.js'
import { openSession } from '../../../src/math/session/open.js'

const gemm = openGemm(1)
test.after.always(() => gemm.close())

/** Coloured gradients with noise: enough structure for a dictionary. */
function pictures(count: number): Float32Array {
  const random = new Random('pictures')
  const area = imageSide * imageSide
  const out = new Float32Array(count * 3 * area)
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < 3; channel++) {
      const [dx, dy, base] = [random.unit() - 0.5, random.unit() - 0.5, random.unit()]
      for (let pixel = 0; pixel < area; pixel++) {
        const value =
          base +
          (dx * (pixel % imageSide) + dy * Math.floor(pixel / imageSide)) / imageSide +
          0.2 * (random.unit() - 0.5)
        out[(image * 3 + channel) * area + pixel] = Math.min(1, Math.max(0, value))
      }
    }
  }
  return out
}

/** The definition of Coates, Lee and Ng in plain loops, patch by patch. */
function featuresByHand(image: Float32Array, { size, whitening, centres }: Dictionary): Float64Array {
  const positions = imageSide - patchSide + 1
  const stride = Math.floor(positions / 2)
  const side = positions - stride
  const out = new Float64Array(4 * size)
  for (let top = 0; top < positions; top++) {
    for (let left = 0; left < positions; left++) {
      const patch: number[] = []
      for (let channel = 0; channel < 3; channel++)
        for (let y = 0; y < patchSide; y++)
          for (let x = 0; x < patchSide; x++)
            patch.push(image[channel * imageSide * imageSide + (top + y) * imageSide + left + x]!)
      const mean = patch.reduce((a, b) => a + b) / patchWidth
      const deviation = Math.sqrt(
        patch.reduce((sum, value) => sum + (value - mean) ** 2, 0) / patchWidth + contrastFloor,
      )
      const centred = patch.map((value, i) => (value - mean) / deviation - whitening.mean[i]!)
      const white = Array.from({ length: patchWidth }, (_, j) =>
        centred.reduce((sum, value, i) => sum + value * whitening.matrix[i * patchWidth + j]!, 0),
      )
      const distances = Array.from({ length: size }, (_, k) =>
        Math.sqrt(white.reduce((sum, value, i) => sum + (value - centres[k * patchWidth + i]!) ** 2, 0)),
      )
      const average = distances.reduce((a, b) => a + b) / size
      for (const [py, y0] of [0, stride].entries()) {
        for (const [px, x0] of [0, stride].entries()) {
          if (top < y0 || top >= y0 + side || left < x0 || left >= x0 + side) continue
          distances.forEach(
            (distance, k) => (out[k * 4 + py * 2 + px]! += Math.max(0, average - distance) / (side * side)),
          )
        }
      }
    }
  }
  return out
}

test('the graph computes what the definition says', async (t) => {
  const images = pictures(20)
  const dictionary = await learnDictionary(
    images,
    { size: 12, seed: ['t'], patches: 2000, iterations: 5 },
    gemm,
  )
  const session = await openSession(encodePatchModel(dictionary), { threads: 1 })
  const two = images.slice(0, 2 * 3 * imageSide * imageSide)
  const { features } = await session.run({
    pixels: { type: 'float32', data: two, dims: [2, 3, imageSide, imageSide] },
  })
  await session.close()
  t.deepEqual(features!.dims, [2, 48])
  const found = features!.data as Float32Array
  for (let row = 0; row < 2; row++) {
    const expected = featuresByHand(
      two.subarray(row * 3 * imageSide * imageSide, (row + 1) * 3 * imageSide * imageSide),
      dictionary,
    )
    t.true(
      expected.some((value) => value > 0.01),
      'some feature must respond',
    )
    expected.forEach((value, i) =>
      t.true(
        Math.abs(value - found[row * 48 + i]!) < 2e-4,
        `feature ${i}: ${found[row * 48 + i]} is not ${value}`,
      ),
    )
  }
})

test('the dictionary is a function of its seed', async (t) => {
  const images = pictures(10)
  const learn = (seed: string) =>
    learnDictionary(images, { size: 8, seed: [seed], patches: 500, iterations: 3 }, gemm)
  t.deepEqual((await learn('a')).centres, (await learn('a')).centres)
  t.notDeepEqual((await learn('a')).centres, (await learn('b')).centres)
})

test('a dictionary is no larger than the patches it is learned from', async (t) => {
  t.is(
    (await learnDictionary(pictures(1), { size: 50, seed: [1], patches: 20, iterations: 1 }, gemm)).size,
    20,
  )
})

test('a flat image has finite features', async (t) => {
  const dictionary = await learnDictionary(
    pictures(5),
    { size: 8, seed: [1], patches: 200, iterations: 2 },
    gemm,
  )
  const session = await openSession(encodePatchModel(dictionary), { threads: 1 })
  const { features } = await session.run({
    pixels: {
      type: 'float32',
      data: new Float32Array(3 * imageSide * imageSide).fill(1),
      dims: [1, 3, imageSide, imageSide],
    },
  })
  t.true((features!.data as Float32Array).every(Number.isFinite))
  await session.close()
})
