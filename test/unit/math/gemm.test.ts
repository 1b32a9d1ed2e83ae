import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openGemm, type Shape } from '../../../src/math/gemm/gemm.js'

/** Wide and tall, with k below and above the 128 at which onnxruntime's kernels begin to block. */
const sizes = [2, 96, 200, 333]
const orders = [
  { transpose_a: false, transpose_b: false },
  { transpose_a: true, transpose_b: false },
  { transpose_a: false, transpose_b: true },
]
const shapes: Shape[] = sizes.flatMap((m) =>
  sizes.flatMap((n) => [129, 600].flatMap((k) => orders.map((order) => ({ m, n, k, ...order })))),
)

const random = new Random('gemm')
const numbers = Float32Array.from({ length: 333 * 600 }, () => 2 * random.unit() - 1)
const operands = ({ m, k, n }: Shape): [Float32Array, Float32Array] => [
  numbers.slice(0, m * k),
  numbers.slice(numbers.length - k * n),
]

test('one, two and five threads compute the same bits for products of every shape', async (t) => {
  const gemms = [1, 2, 5].map(openGemm)
  const differing: Shape[] = []
  for (const shape of shapes) {
    const [first, ...others] = await Promise.all(
      gemms.map((gemm) => gemm.multiply(...operands(shape), shape)),
    )
    if (others.some((other) => Buffer.compare(bytes(first!), bytes(other)) !== 0)) differing.push(shape)
  }
  await Promise.all(gemms.map((gemm) => gemm.close()))
  t.deepEqual(differing, [])
})

test('products follow the definition, in row-major and column-major order', async (t) => {
  const gemm = openGemm(2)
  for (const shape of shapes.filter(({ m, n }) => m === 2 || n === 2)) {
    const [a, b] = operands(shape)
    const { m, k, n } = shape
    const product = await gemm.multiply(a, b, shape)
    for (const [row, column] of [
      [0, 0],
      [m - 1, n - 1],
      [m >> 1, n - 1],
      [m - 1, n >> 1],
    ] as const) {
      let expected = 0
      for (let i = 0; i < k; i++)
        expected +=
          a[shape.transpose_a ? i * m + row : row * k + i]! *
          b[shape.transpose_b ? column * k + i : i * n + column]!
      t.true(
        Math.abs(product[row * n + column]! - expected) < 1e-3,
        JSON.stringify({ ...shape, row, column }),
      )
    }
  }
  await gemm.close()
})

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
