import { memoryStore } from '../../src/io/store/memory.js'
import { describeStore } from './store.js'

describeStore('memory', async () => {
  const store = memoryStore()
  return { store, again: async () => store }
})
