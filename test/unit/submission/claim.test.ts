import test from 'ava'
import { memoryStore } from '../../../src/io/store/memory.js'
import { Claim, type Holder } from '../../../src/submission/claim.js'
import { ManualClock } from '../../fakes/manual-clock.js'

const id = 'f'.repeat(64)
const holder = (array: string, attempt = 0): Holder => ({ array, index: 0, attempt })
const never = async () => false

function place() {
  const clock = new ManualClock()
  const store = memoryStore('claims', clock)
  const take = (who: Holder, isDone = never) =>
    Claim.take(store, id, who, { clock, signal: new AbortController().signal, isDone })
  return { clock, store, take }
}

test('a later attempt of an element takes over the claim; the earlier one learns of it', async (t) => {
  const { clock, take } = place()
  const first = await take(holder('a'))
  clock.pass(60_000)
  t.true(await first?.renew())
  const second = await take(holder('a', 1))
  clock.pass(60_000)
  t.false(await first?.renew())
  t.true(await second?.renew())
  t.is(await take(holder('a', 0)), undefined, 'an earlier attempt that wakes late gets nothing')
})

test('the claim of another array is respected until it is no longer renewed', async (t) => {
  const { clock, take } = place()
  const other = await take(holder('a'))
  const start = clock.monotonic()
  let looks = 0
  const mine = await take(holder('b'), async () => {
    looks += 1
    if (looks <= 60) await other?.renew()
    return false
  })
  t.true(mine !== undefined)
  t.true(clock.monotonic() - start > 700_000, 'ten minutes of renewals and three of silence')
  clock.pass(60_000)
  t.false(await other?.renew())
})

test('an element that waits for another array ends when the task is done', async (t) => {
  const { take } = place()
  await take(holder('a'))
  t.is(await take(holder('b'), async () => true), undefined)
})

test('of many concurrent attempts one gets the claim, and a released claim is free', async (t) => {
  const { take } = place()
  let taken = 0
  const claims = await Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      take(holder(`array-${index}`), async () => taken > 0).then((claim) =>
        claim ? (taken++, claim) : undefined,
      ),
    ),
  )
  t.is(claims.filter((claim) => claim !== undefined).length, 1)
  await claims.find((claim) => claim !== undefined)?.release()
  t.true((await take(holder('late'))) !== undefined)
})
