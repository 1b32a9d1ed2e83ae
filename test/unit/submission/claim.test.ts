import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import { claimTask, type Holder } from '../../../src/submission/claim.js'
import { ManualClock } from '../../fakes/manual-clock.js'

const id = 'f'.repeat(64)
const holder = (array: string, attempt = 0): Holder => ({ array, index: 0, attempt })
const never = async () => false

function place() {
  const clock = new ManualClock()
  const store = memoryStore('claims', clock)
  const take = (who: Holder, isDone = never) =>
    claimTask(store, id, who, { clock, signal: new AbortController().signal, isDone })
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

test('the claim of a job of an earlier version is respected until it is no longer renewed', async (t) => {
  const { clock, store, take } = place()
  const key = `_live/claims/${id}`
  await store.create(key, Buffer.from('{"array":"a","index":0,"attempt":0,"beat":0}'))
  let looks = 0
  const start = clock.monotonic()
  const claim = await take(holder('b'), async () => {
    looks += 1
    if (looks === 12) await store.replace(key, Buffer.from('{}'), (await store.stat(key))?.version)
    return false
  })
  t.true(claim !== undefined)
  t.true(clock.monotonic() - start >= 310_000)
})

test('a holder that was suspended while garbage was collected stops', async (t) => {
  const { clock, store, take } = place()
  const first = await take(holder('a'))
  clock.pass(300_000)
  for await (const { key } of store.list('_live/task-claims/')) await store.remove(key)
  t.true((await take(holder('b'))) !== undefined)
  t.false(await first?.renew())
})

test('in any order of takes, renewals and pauses at most one holder renews', async (t) => {
  const random = new Random('claims', 1)
  for (let round = 0; round < (process.env.COTERIE_LONG === undefined ? 40 : 2000); round++) {
    const { clock, take } = place()
    const claims: NonNullable<Awaited<ReturnType<typeof take>>>[] = []
    for (let step = 0; step < 20; step++) {
      clock.pass(60_000 + random.below(3) * 100_000)
      const renewed = await Promise.all(claims.map((claim) => claim.renew()))
      t.true(renewed.filter(Boolean).length <= 1)
      for (const [index, alive] of [...renewed.entries()].toReversed()) if (!alive) claims.splice(index, 1)
      if (random.unit() < 0.3) await claims[0]?.release()
      let looks = 0
      const own = holder(`array-${random.below(3)}`, step)
      const taken = await take(own, async () => looks++ > 0)
      if (taken) claims.push(taken)
    }
  }
})
