import test from 'ava'
import fc from 'fast-check'
import { parsePythonJson } from '../../../../src/io/crawl/python-json.js'

test('text that JSON allows reads as JSON.parse reads it', (t) => {
  const value = fc.jsonValue({ stringUnit: 'binary' }).filter((json) => !/\d{16}/.test(JSON.stringify(json)))
  fc.assert(
    fc.property(
      value,
      fc.constantFrom('', 'NaN', '1234567890123456'),
      fc.boolean(),
      (json, words, indented) => {
        const text = JSON.stringify({ json, words }, null, indented ? 2 : undefined)
        t.deepEqual(parsePythonJson(text), JSON.parse(text))
      },
    ),
  )
})

test('numbers of Python that JSON has not', (t) => {
  t.deepEqual(parsePythonJson('{"a": NaN, "b": [Infinity, -Infinity], "NaN": "NaN, Infinity \\" NaN"}'), {
    a: NaN,
    b: [Infinity, -Infinity],
    NaN: 'NaN, Infinity " NaN',
  })
})

test('integers keep all their digits', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), (integer) => {
      const { found } = parsePythonJson(`{"found": ${integer}, "x": NaN}`) as { found: number | bigint }
      t.is(String(found), String(integer))
    }),
  )
})

test('what is no JSON is refused, and quickly', (t) => {
  for (const text of [
    'NaNa',
    '{"a": NaN',
    '{NaN: 1}',
    '[01234567890123456]',
    '-',
    '"' + '\\"'.repeat(1e6) + 'NaN',
  ])
    t.throws(() => parsePythonJson(text), { instanceOf: SyntaxError })
})

test('a text that holds the marks of numbers keeps them', (t) => {
  t.deepEqual(parsePythonJson('{"a": "#12", "b": "##NaN", "c": NaN}'), { a: '#12', b: '##NaN', c: NaN })
})
