import test from 'ava'
import { append, maxOf, minOf } from '../../../src/core/extremes.js'

const many = Array.from({ length: 200_000 }, (_, at) => at)

test('the largest and the smallest of 200,000 values', (t) => {
  t.is(maxOf(many, 0), 199_999)
  t.is(minOf(many, 0), 0)
  t.is(maxOf(new Set(many).values(), 0), 199_999)
})

test('without values the default is returned, with values it is not', (t) => {
  t.is(maxOf([], -1), -1)
  t.is(minOf([], Infinity), Infinity)
  t.is(maxOf([-5], 0), -5)
  t.is(minOf([5], 0), 5)
})

test('NaN is not hidden', (t) => {
  t.is(maxOf([1, NaN, 2], 0), NaN)
  t.is(minOf([NaN, 1], 0), NaN)
})

test('200,000 items are appended in their order', (t) => {
  const list = [-1]
  append(list, many)
  t.is(list.length, 200_001)
  t.is(list[0], -1)
  t.is(list.at(-1), 199_999)
})
