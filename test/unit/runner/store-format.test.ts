import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import { formatKey, numberFormat, raiseFormat, requireKnownFormat } from '../../../src/runner/store-format.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const numberIn = async (store: Store) => new TextDecoder().decode(await store.read(formatKey))

test('a store without a number is readable, and so are both known formats', async (t) => {
  const store = memoryStore()
  await requireKnownFormat(store)
  await numberFormat(store)
  t.is(await numberIn(store), '{"format":1}\n')
  await requireKnownFormat(store)
  await raiseFormat(store, 2)
  t.is(await numberIn(store), '{"format":2}\n')
  await requireKnownFormat(store)
})

test('a number is never lowered', async (t) => {
  const store = memoryStore()
  await raiseFormat(store, 2)
  await raiseFormat(store, 1)
  await numberFormat(store)
  t.is(await numberIn(store), '{"format":2}\n')
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
