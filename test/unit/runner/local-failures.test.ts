import test from 'ava'
import { systemClock } from '../../../src/core/clock.js'
import { PipelineError } from '../../../src/core/error.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import { keepFailures, readFailures } from '../../../src/runner/local-failures.js'

const task = { node: 'ingest', stage: 'ingest', key: 'c', fingerprint: 'f' }
const outcome = {
  finished: 0,
  failures: [{ task, error: new PipelineError({ code: 'E_TAR_TRUNCATED', message: 'truncated' }) }],
  not_started: 0,
}

test('failures are kept, and read until the store is cleaned', async (t) => {
  const store = memoryStore()
  await keepFailures(store, outcome, systemClock)
  const [failure] = await readFailures(store, [task])
  t.is(failure?.code, 'E_TAR_TRUNCATED')
})

test('a store that refuses to keep a failure does not hide it', async (t) => {
  const store = memoryStore()
  store.replace = () => {
    throw new PipelineError({ code: 'E_STORE_UNREACHABLE', message: 'down' })
  }
  await t.notThrowsAsync(keepFailures(store, outcome, systemClock))
})
