import type { ExecutionContext } from 'ava'
import { backends, locate, settingsFor } from '../../src/io/store/backends.js'
import { harnesses } from './harnesses.js'
import { describeSource } from './source.js'
import { describeStore, type Harness } from './store.js'

for (const { scheme } of backends) {
  const { make, traits } = harnesses[scheme]
  const open = async (t: ExecutionContext): Promise<Harness> => {
    const { uri, settings } = await make(t)
    const at = locate(uri)
    const handle = async () => {
      const opened = await at.backend.openHandle(at, settingsFor(at.backend, settings), false)
      if (!opened) throw new Error(`${scheme} opens no handle`)
      return opened
    }
    return { store: await handle(), again: handle }
  }
  describeStore(scheme, open, traits)
  describeSource(scheme, make)
}
