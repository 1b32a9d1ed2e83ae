import test from 'ava'
import { Random } from '../../src/core/random.js'
import { s3Store } from '../../src/io/store/s3/store.js'
import type { Store } from '../../src/io/store/store.js'
import { startProxy, type Damage } from '../fakes/s3-proxy.js'
import { startFakeS3 } from '../fakes/s3-server.js'
import { localFile } from '../contract/store.js'
import '../contract/store-s3.js'

/**
 * Several writers and readers behind a network that loses, cuts and refuses at random. Whatever happens, each
 * key is created by exactly one writer, holds that writer's bytes, and readers and listings see nothing else.
 * `COTERIE_SEEDS` asks for more histories.
 */

const histories = Number(process.env.COTERIE_SEEDS ?? 6)
const writers = 4
const keys = 8

function damageOf(random: Random, method: string): Damage | undefined {
  if (random.unit() > 0.25) return undefined
  const any: Damage[] = [
    { answer: { status: 503, code: 'SlowDown' } },
    { answer: { status: 500, code: 'InternalError' } },
    { lose: 'connection' },
    { lose: { status: 500, code: 'InternalError' } },
  ]
  const reading: Damage[] = [{ cut: random.below(400) }, { cut: 0 }]
  const writing: Damage[] = [{ answer: { status: 409, code: 'ConditionalRequestConflict' } }, { garble: 3 }]
  const all = [...any, ...(method === 'GET' ? reading : []), ...(method === 'PUT' ? writing : [])]
  return all[random.below(all.length)]
}

function patience(random: Random) {
  let at = 0
  const sleep = async (milliseconds: number) => {
    at += milliseconds
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock: { now: () => Date.now(), monotonic: () => at, sleep }, random: () => random.unit() }
}

for (let seed = 1; seed <= histories; seed++) {
  test.serial(`history ${seed}: every key has one creator and its bytes`, async (t) => {
    const server = await startFakeS3()
    const proxy = await startProxy(server.endpoint)
    t.teardown(async () => {
      await proxy.stop()
      await server.stop()
    })
    server.page = 3
    const faults = new Random('faults', seed)
    let fired = 0
    proxy.decide = (method) => {
      const damage = damageOf(faults, method)
      if (damage) fired++
      return damage
    }
    // Half the objects take several parts. The budget is wide: what is tested is what is true in the end.
    const place = { endpoint: proxy.endpoint, part_megabytes: 0.0005, retry_seconds: 100_000 }
    const stores = Array.from({ length: writers }, (_, i): Store =>
      s3Store('b', 'p', place, patience(new Random('waits', seed, i))),
    )
    const bytesOf = (key: number, writer: number) =>
      Buffer.from(`${key} by ${writer} `.repeat(key % 2 ? 8 : 100))
    const outcomes = await Promise.all(
      stores.flatMap((store, writer) =>
        Array.from({ length: keys }, async (_, key) => ({
          key,
          writer,
          outcome: await store.create(`k/${key}`, await localFile(t, bytesOf(key, writer))),
        })),
      ),
    )
    for (let key = 0; key < keys; key++) {
      const winners = outcomes.filter((outcome) => outcome.key === key && outcome.outcome === 'created')
      t.is(winners.length, 1, `key ${key}`)
      const read = await (stores[key % writers] as Store).read(`k/${key}`)
      t.is(Buffer.from(read).toString(), bytesOf(key, winners[0]?.writer ?? -1).toString())
    }
    const listed: string[] = []
    for await (const info of (stores[0] as Store).list('k/')) listed.push(info.key)
    t.deepEqual(
      listed,
      Array.from({ length: keys }, (_, key) => `k/${key}`),
    )
    t.true(fired > 20, `${fired} faults`)
  })
}
