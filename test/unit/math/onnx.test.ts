import test from 'ava'
import { encodeModel, floats, integers } from '../../../src/math/onnx/model.js'
import { extendModel, opsetOf } from '../../../src/math/onnx/extend.js'
import { ProtobufWriter, readFields } from '../../../src/math/onnx/protobuf.js'
import { openSession } from '../../../src/math/session/open.js'

const affine = () =>
  encodeModel({
    opset: 17,
    inputs: [{ name: 'x', type: 'float32', dims: ['rows', 2] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['rows', 3] }],
    initializers: [floats('weight', [1, 2, 3, 4, 5, 6], [2, 3]), floats('bias', [10, 20, 30], [3])],
    nodes: [
      {
        op: 'Gemm',
        inputs: ['x', 'weight', 'bias'],
        outputs: ['y'],
        attributes: { alpha: { float: 2 }, transB: { int: 0 } },
      },
    ],
  })

test('a graph written here runs in onnxruntime', async (t) => {
  const session = await openSession(affine(), { threads: 1 })
  const { y } = await session.run({
    x: { type: 'float32', data: Float32Array.of(1, 1, 0, -1), dims: [2, 2] },
  })
  t.deepEqual(Array.from(y!.data as Float32Array), [20, 34, 48, 2, 10, 18])
  t.deepEqual(y!.dims, [2, 3])
  await session.close()
})

test('equal graphs give equal bytes', (t) => {
  t.deepEqual(affine(), affine())
})

test('a model can be extended without knowing its nodes', async (t) => {
  const longer = extendModel(affine(), {
    nodes: [
      { op: 'ReduceSum', inputs: ['y', 'axes'], outputs: ['total'], attributes: { keepdims: { int: 0 } } },
    ],
    initializers: [integers('axes', [1])],
    outputs: [{ name: 'total', type: 'float32', dims: ['rows'] }],
  })
  const session = await openSession(longer, { threads: 1 })
  t.deepEqual(session.outputs, ['total'])
  const { total } = await session.run({
    x: { type: 'float32', data: Float32Array.of(1, 1, 0, -1), dims: [2, 2] },
  })
  t.deepEqual(Array.from(total!.data as Float32Array), [102, 30])
  await session.close()
})

test('the operator set is read back', (t) => {
  t.is(opsetOf(affine()), 17)
})

test('a tensor whose dims do not fit its data is refused', (t) => {
  t.throws(
    () =>
      encodeModel({
        opset: 17,
        nodes: [],
        inputs: [],
        outputs: [],
        initializers: [floats('w', [1, 2, 3], [2, 2])],
      }),
    { message: /w: dims \[2, 2\] hold 4 values, got 3/ },
  )
})

test('varints and fields follow the wire format', (t) => {
  // 300 → ac 02, the example of the protobuf documentation.
  t.deepEqual(Array.from(new ProtobufWriter().integer(1, 300).finish()), [0x08, 0xac, 0x02])
  t.deepEqual(Array.from(new ProtobufWriter().integer(1, -1).finish()), [0x08, ...Array(9).fill(0xff), 0x01])
  t.deepEqual(Array.from(new ProtobufWriter().text(2, 'testing').finish()), [
    0x12,
    0x07,
    ...Buffer.from('testing'),
  ])
  const fields = [...readFields(new ProtobufWriter().integer(1, 300).text(2, 'a').float(3, 1).finish())]
  t.deepEqual(
    fields.map((field) => [field.field, field.wire, field.payload.length]),
    [
      [1, 0, 2],
      [2, 2, 1],
      [3, 5, 4],
    ],
  )
})

test('truncated bytes are refused', (t) => {
  t.throws(() => [...readFields(Uint8Array.of(0x12, 0x07, 0x61))], { instanceOf: RangeError })
  t.throws(() => [...readFields(Uint8Array.of(0x08, 0xff))], { instanceOf: RangeError })
})
