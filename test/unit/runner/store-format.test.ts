import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import {
  formatKey,
  formatNewStore,
  raiseFormat,
  requireKnownFormat,
} from '../../../src/runner/store-format.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const numberIn = async (store: Store) => new TextDecoder().decode(await store.read(formatKey))

test('a store without a number is readable, and so are both known formats', async (t) => {
  const store = memoryStore()
  await requireKnownFormat(store)
  await store.create(formatKey, bytes('{"format":1}'))
  await requireKnownFormat(store)
  await raiseFormat(store, 2)
  t.is(await numberIn(store), '{"format":2}\n')
  await requireKnownFormat(store)
})

test('a number is never lowered', async (t) => {
  const store = memoryStore()
  await raiseFormat(store, 2)
  await raiseFormat(store, 1)
  t.is(await numberIn(store), '{"format":2}\n')
})

test('a new store has the newest format; one with results of an earlier version keeps its own', async (t) => {
  const [fresh, old] = [memoryStore(), memoryStore()]
  await formatNewStore(fresh, 0)
  t.is(await numberIn(fresh), '{"format":2}\n')
  await formatNewStore(old, 3)
  t.is(await old.stat(formatKey), undefined)
})

test('a store that permits only creation gets its format, and one that permits nothing stays', async (t) => {
  const store = memoryStore()
  const denied = () => Promise.reject(new PipelineError({ code: 'E_ACCESS_DENIED', message: '' }))
  await formatNewStore({ ...limited(store), replace: denied }, 0)
  t.is(await numberIn(store), '{"format":2}\n')
  await t.notThrowsAsync(formatNewStore({ ...limited(memoryStore()), create: denied, replace: denied }, 0))
})

const limited = (store: Store): Store => ({
  uri: store.uri,
  stat: (key) => store.stat(key),
  read: (key, options) => store.read(key, options),
  stream: (key, options) => store.stream(key, options),
  create: (key, body) => store.create(key, body),
  replace: (key, body, expected) => store.replace(key, body, expected),
  list: (prefix) => store.list(prefix),
  remove: (key) => store.remove(key),
  sweep: (age) => store.sweep(age),
})

test('a format of a later version is refused by name', async (t) => {
  const store = memoryStore()
  await store.create(formatKey, bytes('{"format":3}'))
  const error = await t.throwsAsync(requireKnownFormat(store), { instanceOf: PipelineError })
  t.is(error.code, 'E_STORE_FORMAT')
  t.is(error.found, 'format 3')
  t.true(error.place?.endsWith(`/${formatKey}`))
  t.regex(error.hint ?? '', /later version/)
})

test('a number that cannot be read is an error, never the first format', async (t) => {
  const store = memoryStore()
  await store.create(formatKey, bytes('{"format":'))
  await t.throwsAsync(requireKnownFormat(store), { instanceOf: PipelineError })
})
