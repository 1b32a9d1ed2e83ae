import test from 'ava'
import { digestOfJson } from '../../../src/core/digest.js'
import { asJson, canonicalJson, canonicalJsonPretty } from '../../../src/core/json.js'

test('members are in code unit order, without spaces and without undefined ones', (t) => {
  t.is(
    canonicalJson({ b: [1, -0, null], a: 'ä', B: undefined, Z: true }),
    '{"Z":true,"a":"ä","b":[1,0,null]}',
  )
  t.is(
    canonicalJsonPretty({ b: [], a: [{ c: 1 }] }),
    '{\n  "a": [\n    {\n      "c": 1\n    }\n  ],\n  "b": []\n}',
  )
  t.is(digestOfJson({ a: 1, b: undefined }), digestOfJson({ a: 1 }))
})

test('objects without a prototype are data', (t) => {
  t.is(canonicalJson(Object.assign(Object.create(null), { a: 1 })), '{"a":1}')
})

class Point {
  x = 1
}
const impossible: readonly (readonly [string, unknown])[] = [
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['undefined', undefined],
  ['a function', () => 1],
  ['Symbol(s)', Symbol('s')],
  ['5n', 5n],
  ['an instance of Date', new Date(0)],
  ['an instance of Map', new Map()],
  ['an instance of Set', new Set([1])],
  ['an instance of Uint8Array', new Uint8Array(2)],
  ['an instance of Point', new Point()],
]

for (const [name, value] of impossible) {
  test(`what JSON cannot represent is refused with its path: ${name}`, (t) => {
    const message = `JSON cannot represent ${name} at list[1].member`
    const holder = { a: 1, list: [0, value === undefined ? [undefined] : { member: value }] }
    const expected = value === undefined ? 'JSON cannot represent undefined at list[1][0]' : message
    for (const write of [canonicalJson, canonicalJsonPretty, digestOfJson, asJson])
      t.throws(() => write(holder), { instanceOf: TypeError, message: expected })
    t.throws(() => canonicalJson(value), { instanceOf: TypeError, message: `JSON cannot represent ${name}` })
  })
}

test('holes of arrays are refused', (t) => {
  // oxlint-disable-next-line no-sparse-arrays
  t.throws(() => canonicalJson([1, , 2]), { message: 'JSON cannot represent undefined at [1]' })
})
