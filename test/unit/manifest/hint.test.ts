import test from 'ava'
import { closest, didYouMean, editDistance } from '../../../src/manifest/check/hint.js'

test('edit distance counts insertions, deletions, substitutions and swaps of neighbours', (t) => {
  t.is(editDistance('', 'abc'), 3)
  t.is(editDistance('fine', 'fine'), 0)
  t.is(editDistance('fnie', 'fine'), 1)
  t.is(editDistance('expert', 'experts'), 1)
  t.is(editDistance('kitten', 'sitting'), 3)
})

test('the nearest name is suggested, but none that is far away', (t) => {
  t.is(closest('exprets', ['epochs', 'experts']), 'experts')
  t.is(closest('minCharacters', ['min_characters']), 'min_characters')
  t.is(closest('checkpoint', ['seed_checkpoint', 'epochs']), 'seed_checkpoint')
  t.is(closest('expert', ['experts', 'new_expert_fine'], new Set(['experts'])), 'experts')
  t.is(closest('seeds', ['seed', 'weeds'], new Set(['seed'])), 'weeds')
  t.is(closest('gpus', ['fine', 'seed']), undefined)
  t.is(closest('x'.repeat(10_000), ['x']), undefined)
})

test('without a similar name the known ones are listed if they are few', (t) => {
  t.is(didYouMean('zzz', ['beta', 'alpha']), 'known names: alpha, beta')
  t.is(
    didYouMean(
      'zzz',
      Array.from({ length: 40 }, (_, index) => `name-${index}`),
    ),
    undefined,
  )
})
