import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openWorkspace } from '../../../src/math/kernels/workspace.js'
import { distances } from '../../../src/math/nearest/distance.js'
import { openTopK } from '../../../src/math/nearest/top-k.js'

const random = new Random('kernels')
const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * random.unit() - 1)

for (const width of [1, 3, 4, 7, 16, 96, 384, 770]) {
  test(`distances of ${width} numbers have the bits of the loop in JavaScript`, (t) => {
    const { arrays, at, kernels } = openWorkspace({
      vectors: [Float32Array, 9 * width],
      centres: [Float32Array, 5 * width],
      index: [Uint32Array, 9],
      distance: [Float32Array, 9],
    })
    arrays.vectors.set(numbers(9 * width))
    arrays.centres.set(numbers(5 * width))
    arrays.index.set([0, 4, 2, 2, 1, 3, 0, 4, 1])
    // The second row is its own centre.
    arrays.centres.set(arrays.vectors.subarray(width, 2 * width), 4 * width)
    kernels.distances(at.vectors, 9, width, width, at.centres, 5, at.index, at.distance)
    const expected = new Float32Array(9)
    distances(expected, arrays.vectors, arrays.centres, width, arrays.index)
    t.deepEqual([...arrays.distance], [...expected])
    t.is(arrays.distance[1], 0)
  })

  test(`rows of ${width} numbers are widened, with a 1 after each`, (t) => {
    for (const rows of [1, 2, 37]) {
      const { arrays, at, kernels } = openWorkspace({ block: [Float32Array, rows * (width + 1)] })
      const given = numbers(rows * width)
      arrays.block.set(given, rows)
      kernels.widen(at.block, rows, width)
      t.deepEqual(
        [...arrays.block],
        Array.from({ length: rows }, (_, row) => [
          ...given.subarray(row * width, (row + 1) * width),
          1,
        ]).flat(),
      )
    }
  })

  test(`quantising ${width} numbers has the bits of its formula in float32`, (t) => {
    const packed = 16 * Math.ceil((width + 8) / 16)
    const rows = 40
    const { arrays, at, kernels } = openWorkspace({
      vectors: [Float32Array, rows * width],
      quantised: [Uint8Array, rows * packed],
    })
    arrays.vectors.set(
      numbers(rows * width).map((value, place) => value * 2 ** ((Math.floor(place / width) % 12) - 6)),
    )
    arrays.vectors.fill(0, 0, width)
    const [room, perMultiple, most, zero] = [Math.fround(3.7), Math.fround(11.3), 63, 64]
    kernels.quantise(at.vectors, rows, width, at.quantised, packed, room, perMultiple, most, zero)
    const expected = new Uint8Array(rows * packed)
    for (let row = 0; row < rows; row++) {
      const vector = arrays.vectors.subarray(row * width, (row + 1) * width)
      const largest = Math.max(Math.fround(1e-30), ...vector.map(Math.abs))
      const multiple = Math.min(most, Math.max(1, Math.floor(Math.fround(room / largest))))
      const perStep = Math.min(Math.fround(multiple * perMultiple), Math.fround(most / largest))
      expected.fill(zero + multiple, row * packed, (row + 1) * packed)
      expected.set(
        Array.from(vector, (value) => zero + halfToEven(Math.fround(value * perStep))),
        row * packed,
      )
    }
    t.deepEqual([...arrays.quantised], [...expected])
  })
}

test('an index that names no centre has no distance', (t) => {
  const { arrays, at, kernels } = openWorkspace({
    vectors: [Float32Array, 4],
    centres: [Float32Array, 4],
    index: [Uint32Array, 1],
    distance: [Float32Array, 1],
  })
  arrays.index[0] = 4294967295
  kernels.distances(at.vectors, 1, 4, 4, at.centres, 1, at.index, at.distance)
  t.is(arrays.distance[0], NaN)
})

test('of candidates within rounding error the nearest wins, of equal ones the lowest index', (t) => {
  const [width, packed, keep, lowest, zero] = [4, 16, 4, -2147483648, 64]
  const { arrays, at, kernels } = openWorkspace({
    vectors: [Float32Array, 4 * width],
    quantised: [Uint8Array, 4 * packed],
    centres: [Float32Array, 6 * width],
    margins: [Float64Array, 64],
    scores: [Int32Array, 4 * keep],
    candidates: [Uint32Array, 4 * keep],
    index: [Uint32Array, 4],
    score: [Float32Array, 4],
    distance: [Float32Array, 4],
  })
  // Centre j stands at j on the first axis; 4 stands where 1 does.
  for (let j = 0; j < 6; j++) arrays.centres[j * width] = j === 4 ? 1 : j
  arrays.vectors.set([1.2, 0, 0, 0, 1.2, 0, 0, 0, 1.2, 0, 0, 0, 2.4, 0, 0, 0])
  arrays.quantised.fill(zero + 3)
  arrays.margins[3] = 10
  arrays.scores.set([100, 95, 90, 89, 100, 95, 90, 10, 100, 89.5, 80, 70, 50, lowest, lowest, lowest])
  arrays.candidates.set([2, 4, 1, 0, 2, 3, 4, 1, 2, 1, 0, 3, 5, 2, 2, 2])
  kernels.refine(
    at.vectors,
    4,
    width,
    at.centres,
    at.quantised,
    packed,
    zero,
    keep,
    at.scores,
    at.candidates,
    lowest,
    at.margins,
    at.index,
    at.score,
    at.distance,
  )
  // The third row's second candidate lies beyond the margin, the fourth row's others are empty places.
  t.deepEqual([...arrays.index], [1, 4, 2, 5])
  const apart = Array.from(
    arrays.index,
    (centre, row) => arrays.vectors[row * width]! - arrays.centres[centre * width]!,
  )
  t.deepEqual(
    [...arrays.distance],
    apart.map((difference) => Math.fround(Math.abs(difference))),
  )
  t.deepEqual(
    [...arrays.score],
    apart.map((difference) => Math.fround(-(difference ** 2) / 2)),
  )
})

test('the best of many equal scores are those with the lowest indices', async (t) => {
  const width = 2
  for (const [count, depth] of [
    [1, 1],
    [5, 3],
    [64, 2],
    [65, 64],
    [200, 1],
    [200, 7],
    [1000, 5],
    [2200, 3],
    [4100, 70],
  ] as const) {
    const centres = Float32Array.from({ length: count * width }, () => random.below(4) - 2)
    const table = { centres, count, bias: Float32Array.from({ length: count }, () => random.below(3)) }
    const vectors = Float32Array.from({ length: 30 * width }, () => random.below(5) - 2)
    const topK = await openTopK(width, 1, table)
    for (const asked of [table, { ...table }]) {
      const { index, score } = await topK.search(vectors, 30, asked, depth)
      for (let row = 0; row < 30; row++) {
        const scores = Array.from(
          { length: count },
          (_, j) =>
            table.bias[j]! +
            vectors[2 * row]! * centres[2 * j]! +
            vectors[2 * row + 1]! * centres[2 * j + 1]!,
        )
        const order = scores
          .map((_, j) => j)
          .sort((a, b) => scores[b]! - scores[a]! || a - b)
          .slice(0, depth)
        t.deepEqual([...index.subarray(row * depth, (row + 1) * depth)], order)
        t.deepEqual(
          [...score.subarray(row * depth, (row + 1) * depth)],
          order.map((j) => scores[j]!),
        )
      }
    }
    await topK.close()
  }
})

function halfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1
}
