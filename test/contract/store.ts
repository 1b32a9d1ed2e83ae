import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type ExecutionContext } from 'ava'
import { systemClock } from '../../src/core/clock.js'
import { clearClaims, holdClaim, liveClaims } from '../../src/io/store/claim.js'
import { storeSource } from '../../src/io/store/source.js'
import type { LocalFile, ObjectInfo, Store } from '../../src/io/store/store.js'

export interface Harness {
  /** A store that nobody else uses. */
  readonly store: Store
  /** A second handle on the same objects, as another process would have it. */
  again(): Promise<Store>
}

/** A file for `create`, and the folder it lies in. */
export async function localFile(t: ExecutionContext, bytes: Uint8Array) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-body-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'body')
  await writeFile(path, bytes)
  return { path, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Bytes that differ at every offset of a period that no buffer size divides. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + ((i / 251) | 0) * seed) & 255
  return bytes
}

/** A sleep that only its signal ends. */
const neverWakes = (_: number, signal?: AbortSignal) =>
  new Promise<void>((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )

const text = (value: string) => new TextEncoder().encode(value)
const collect = async <T>(items: AsyncIterable<T>) => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
const join2 = (pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces))

export interface Traits {
  /** Objects of this size go up in several parts. */
  readonly large_bytes: number
  /** Keys `a` and `a/b` may exist together. */
  readonly folder_and_object: boolean
  /**
   * Writers of large objects may race. moto looks for the object before it joins the parts, so that several
   * of them win.
   */
  readonly large_race?: boolean
}

/**
 * What every store promises; a backend without this suite is not done. `register` skips it where its server
 * is missing (test/requires.ts).
 */
export function describeStore(
  name: string,
  make: (t: ExecutionContext) => Promise<Harness>,
  traits: Traits = { large_bytes: 3 << 20, folder_and_object: false },
  register: (title: string, run: (t: ExecutionContext) => Promise<void>) => void = anyTest,
): void {
  const check = (
    title: string,
    run: (t: ExecutionContext, store: Store, harness: Harness) => Promise<void>,
  ) =>
    register(`${name}: ${title}`, async (t) => {
      const harness = await make(t)
      await run(t, harness.store, harness)
    })

  check('a missing object is undefined, its bytes are E_NOT_FOUND', async (t, store) => {
    t.is(await store.stat('no/such'), undefined)
    await t.throwsAsync(store.read('no/such'), { message: /no such object/ })
    await t.throwsAsync(collect(store.stream('no/such')), { message: /no such object/ })
    t.deepEqual(await collect(store.list('no/')), [])
    await t.notThrowsAsync(store.remove('no/such'))
  })

  check('a created object is read back, also through another handle', async (t, store, harness) => {
    t.is(await store.create('a/b.bin', pattern(1000)), 'created')
    const other = await harness.again()
    t.deepEqual(await other.read('a/b.bin'), pattern(1000))
    const info = (await other.stat('a/b.bin')) as ObjectInfo
    t.is(info.size, 1000)
    t.is(info.key, 'a/b.bin')
    t.truthy(info.version)
    t.true(Math.abs(info.modified_ms - Date.now()) < 3_600_000)
  })

  check('an empty object is stored and read', async (t, store) => {
    t.is(await store.create('empty', new Uint8Array(0)), 'created')
    t.is((await store.stat('empty'))?.size, 0)
    t.deepEqual(await store.read('empty'), new Uint8Array(0))
    t.deepEqual(await store.read('empty', { range: { start: 0, end: 10 } }), new Uint8Array(0))
    t.deepEqual(await collect(store.stream('empty')), [])
  })

  check('ranges: end exclusive, suffix, past the end, of no bytes', async (t, store) => {
    const bytes = pattern(5000)
    await store.create('r', bytes)
    for (const [start, end] of [
      [0, 1],
      [0, 5000],
      [17, 4999],
      [4999, 5000],
      [4900, 9999],
      [5000, 5001],
      [6000, 7000],
      [40, 40],
      [0, 0],
    ] as const) {
      t.deepEqual(
        await store.read('r', { range: { start, end } }),
        bytes.slice(start, end),
        `${start}-${end}`,
      )
      t.deepEqual(
        join2(await collect(store.stream('r', { range: { start, end } }))),
        bytes.slice(start, end),
        `stream ${start}-${end}`,
      )
    }
  })

  check('create-once leaves an existing object unchanged', async (t, store) => {
    t.is(await store.create('once', text('first')), 'created')
    const before = await store.stat('once')
    t.is(await store.create('once', text('second')), 'exists')
    t.deepEqual(await store.read('once'), text('first'))
    t.deepEqual(await store.stat('once'), before)
  })

  check('of 32 concurrent creators one wins, and its bytes are whole', async (t, store, harness) => {
    const other = await harness.again()
    const outcomes = await Promise.all(
      Array.from(
        { length: 32 },
        async (_, i) => [i, await (i % 2 ? store : other).create('race', pattern(2000, i + 1))] as const,
      ),
    )
    const winners = outcomes.filter(([, outcome]) => outcome === 'created')
    t.is(winners.length, 1)
    t.deepEqual(await store.read('race'), pattern(2000, (winners[0]?.[0] ?? 0) + 1))
  })

  check(
    'of 8 concurrent creations from large local files one wins, with its digest intact',
    async (t, store) => {
      const files = await Promise.all(
        Array.from({ length: 8 }, (_, i) => localFile(t, pattern(traits.large_bytes, i + 1))),
      )
      const early = traits.large_race === false ? 1 : 0
      const create = (some: readonly LocalFile[]) =>
        Promise.all(some.map((file) => store.create('large', file)))
      const outcomes = [...(await create(files.slice(0, early))), ...(await create(files.slice(early)))]
      t.is(outcomes.filter((outcome) => outcome === 'created').length, 1)
      const hash = createHash('sha256')
      for await (const piece of store.stream('large')) hash.update(piece)
      t.is(hash.digest('hex'), files[outcomes.indexOf('created')]?.sha256 ?? 'nobody')
    },
  )

  check('a local file that is not what its writer said is refused', async (t, store) => {
    const file = await localFile(t, text('12345'))
    await t.throwsAsync(store.create('lie', { ...file, size: 6 }), { message: /not match its declared/ })
    t.is(await store.stat('lie'), undefined)
  })

  check('compare-and-swap replaces the expected version only', async (t, store) => {
    const first = await store.replace('p', text('one'), undefined)
    t.not(first, 'conflict')
    t.is(await store.replace('p', text('two'), undefined), 'conflict')
    const version = (first as { version: string }).version
    t.is((await store.stat('p'))?.version, version)
    const second = await store.replace('p', text('three'), version)
    t.not(second, 'conflict')
    t.is(await store.replace('p', text('four'), version), 'conflict')
    t.is(await store.replace('absent', text('five'), version), 'conflict')
    t.deepEqual(await store.read('p'), text('three'))
  })

  check('of 16 concurrent swaps of one version one wins', async (t, store, harness) => {
    const other = await harness.again()
    let { version } = (await store.replace('p', text('start'), undefined)) as { version: string }
    for (let round = 0; round < 3; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          (i % 2 ? store : other).replace('p', text(`round ${round} by ${i}`), version),
        ),
      )
      const won = outcomes.flatMap((outcome, i) => (outcome === 'conflict' ? [] : [{ i, ...outcome }]))
      t.is(won.length, 1)
      t.deepEqual(await store.read('p'), text(`round ${round} by ${won[0]?.i}`))
      version = won[0]?.version as string
    }
  })

  check('a pinned read of a replaced object is E_CHANGED', async (t, store) => {
    const { version } = (await store.replace('pin', pattern(100), undefined)) as { version: string }
    t.deepEqual(await store.read('pin', { version, range: { start: 1, end: 5 } }), pattern(100).slice(1, 5))
    const source = await storeSource(store, 'pin')
    await store.replace('pin', pattern(100).reverse(), version)
    await t.throwsAsync(store.read('pin', { version }), { message: /replaced/ })
    await t.throwsAsync(collect(store.stream('pin', { version })), { message: /replaced/ })
    await t.throwsAsync(source.read(0, 10), { message: /replaced/ })
  })

  check('listing is in code unit order, whole keys, by any prefix', async (t, store) => {
    const keys = ['b/2', 'b-1', 'b/10', 'b/a/deep/x', 'b.txt', 'c', 'b/a-', 'B/1']
    for (const key of keys) await store.create(key, text(key))
    const listed = async (prefix: string) => (await collect(store.list(prefix))).map((info) => info.key)
    t.deepEqual(await listed(''), [...keys].sort())
    t.deepEqual(await listed('b/'), ['b/10', 'b/2', 'b/a-', 'b/a/deep/x'])
    t.deepEqual(await listed('b/1'), ['b/10'])
    t.deepEqual(await listed('b/a/deep'), ['b/a/deep/x'])
    const [info] = await collect(store.list('b/2'))
    t.deepEqual(info, await store.stat('b/2'))
  })

  check('listing beyond 1,000 keys', async (t, store) => {
    const keys = Array.from({ length: 1234 }, (_, i) => `many/${(i * 7919) % 1234}.json`)
    for (let at = 0; at < keys.length; at += 64)
      await Promise.all(keys.slice(at, at + 64).map((key) => store.create(key, text('{}'))))
    t.deepEqual(
      (await collect(store.list('many/'))).map((info) => info.key),
      [...keys].sort(),
    )
  })

  check('keys that would leave the store are refused', async (t, store) => {
    for (const key of [
      '',
      '/a',
      'a/',
      'a//b',
      'a/../b',
      '..',
      './a',
      'a\0b',
      'a\\b',
      '_tmp/x',
      'x'.repeat(901),
    ]) {
      await t.throwsAsync(store.create(key, text('x')), { message: /name cannot be used/ }, key)
      await t.throwsAsync(store.read(key), { message: /name cannot be used/ }, key)
    }
    for (const key of [
      'with space',
      'plus+and%25',
      'ümlaut/日本',
      'quote\'"&<>',
      'a=b;c,d@e',
      '~tilde',
      '...dots',
      'hash#question?',
    ]) {
      t.is(await store.create(key, text(key)), 'created')
      t.deepEqual(await store.read(key), text(key))
      t.deepEqual(
        (await collect(store.list(key))).map((info) => info.key),
        [key],
      )
    }
  })

  check('a removed key can be created again', async (t, store) => {
    await store.create('gone/x', text('1'))
    await store.remove('gone/x')
    t.is(await store.stat('gone/x'), undefined)
    t.is(await store.create('gone/x', text('2')), 'created')
    t.deepEqual(await store.read('gone/x'), text('2'))
  })

  check('an aborted read stops', async (t, store) => {
    await store.create('abort', pattern(1 << 20))
    const control = new AbortController()
    const seen: number[] = []
    await t.throwsAsync(
      (async () => {
        for await (const piece of store.stream('abort', { signal: control.signal })) {
          seen.push(piece.byteLength)
          control.abort(new Error('enough'))
        }
        control.signal.throwIfAborted()
      })(),
      { message: /enough|abort/i },
    )
    t.is(seen.length, 1)
    await t.throwsAsync(store.read('abort', { signal: AbortSignal.abort(new Error('before')) }), {
      message: /before|abort/i,
    })
  })

  check('a reader that stops early leaves the store usable', async (t, store) => {
    await store.create('early', pattern(1 << 20))
    for (let i = 0; i < 70; i++) {
      for await (const piece of store.stream('early')) {
        t.true(piece.byteLength > 0)
        break
      }
    }
    t.is((await store.read('early')).byteLength, 1 << 20)
  })

  check('a claim is seen until it ends, and expires by the time of the store', async (t, store, harness) => {
    const other = await harness.again()
    const clock = { ...systemClock, sleep: neverWakes }
    const first = await holdClaim(store, '_running/', text('{}'), clock)
    const second = await holdClaim(other, '_running/', text('{}'), clock)
    t.deepEqual(await liveClaims(other, '_running/'), [first.key, second.key].sort())
    t.deepEqual(await liveClaims(other, '_running/', 0), [])
    await first.end()
    await clearClaims(other, '_running/')
    t.deepEqual(await liveClaims(other, '_running/'), [second.key])
    t.false(second.lapsed())
    await second.end()
    t.deepEqual(await liveClaims(store, '_running/'), [])
    await clearClaims(store, '_running/')
    t.deepEqual(await collect(store.list('_running/')), [])
  })

  if (traits.folder_and_object) {
    check('a key may be the beginning of another', async (t, store) => {
      await store.create('both', text('1'))
      t.is(await store.create('both/x', text('2')), 'created')
    })
  }
}
