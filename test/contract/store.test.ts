import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localStore } from '../../src/io/store/local/store.js'
import { memoryStore } from '../../src/io/store/memory.js'
import { describeStore } from './store.js'

describeStore('memory', async () => {
  const store = memoryStore()
  return { store, again: async () => store }
})

describeStore('local', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-store-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return { store: localStore(folder), again: async () => localStore(folder) }
})
