import test from 'ava'
import { backoff } from '../../../src/core/backoff.js'
import { commonFolder, commonPrefix } from '../../../src/core/common-prefix.js'

test('waits double up to the longest, with their jitter', (t) => {
  const full = backoff({ first_ms: 200, max_ms: 1000, jitter: 'full', random: () => 0.5 })
  t.deepEqual([1, 2, 3, 4, 100].map(full), [100, 200, 400, 500, 500])
  const half = backoff({ first_ms: 250, max_ms: 1000, jitter: 'half', random: () => 0 })
  t.deepEqual([1, 2, 3, 4].map(half), [125, 250, 500, 500])
  const drawn = backoff({ first_ms: 100, max_ms: 1000, jitter: 'half' })(1)
  t.true(drawn >= 50 && drawn < 150)
})

test('what names have in common', (t) => {
  t.is(commonPrefix([]), '')
  t.is(commonPrefix(['a/b']), 'a/b')
  t.is(commonPrefix(['a/b1', 'a/b22', 'a/b2']), 'a/b')
  t.is(commonPrefix(['a', 'b']), '')
  t.is(commonFolder(['a/b1', 'a/b22']), 'a/')
  t.is(commonFolder(['a/b']), 'a/')
  t.is(commonFolder(['b', 'a/b']), '')
})
