import test from 'ava'
import fc from 'fast-check'
import { temporaryCodes } from '../../../src/core/temporary-codes.js'
import type { RunEvent } from '../../../src/local-executor/executor.js'
import { localExecutor } from '../../../src/local-executor/local.js'
import type { Task } from '../../../src/planner/types.js'

const entry = new URL('../../fakes/scripted-worker.mjs', import.meta.url)

async function execute(scripts: readonly (readonly string[])[]) {
  const waits: number[] = []
  const events: RunEvent[] = []
  const clock = { now: () => 0, monotonic: () => 0, sleep: async (ms: number) => void waits.push(ms) }
  const tasks = scripts.map(
    (params, at) =>
      ({
        stage: 'ingest',
        key: `t${at}`,
        fingerprint: String(at),
        after: [],
        takes: {},
        params,
      }) as unknown as Task,
  )
  const executor = localExecutor({ workers: 1, entry, keep_going: true, setup: {}, clock })
  const { signal } = new AbortController()
  const outcome = await executor.execute(tasks, { signal, listen: (event) => void events.push(event) })
  return { ...outcome, waits, events }
}

test('a task is repeated after temporary errors, with longer and longer waits', async (t) => {
  const { finished, failures, waits, events } = await execute([
    ['E_STORE_UNAVAILABLE', 'E_CREDENTIALS_EXPIRED', 'E_CONNECTION_LOST'],
  ])
  t.is(finished, 1)
  t.deepEqual(failures, [])
  t.deepEqual(waits, [5_000, 30_000, 120_000])
  t.deepEqual(
    events.map(({ type }) => type),
    ['started', 'retried', 'retried', 'retried', 'finished'],
  )
})

test('the fourth temporary error counts; every error says how often its task was tried', async (t) => {
  const { failures } = await execute([Array.from({ length: 9 }, () => 'E_STORE_UNREACHABLE')])
  t.is(failures[0]?.error.message, 'as scripted, E_STORE_UNREACHABLE (tried 4 times)')
  t.is(failures[0]?.error.exitCode, 75)
})

test('each task is tried exactly as its errors demand', async (t) => {
  const temporary = fc.constantFrom(...Object.keys(temporaryCodes))
  const code = fc.oneof(temporary, temporary, fc.constantFrom('E_TAR_TRUNCATED', 'E_DISK_FULL', 'E_STOPPED'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(code, { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
      async (scripts) => {
        const { finished, failures, events } = await execute(scripts)
        const expected = scripts.map((script) => {
          const stays = script.findIndex((one) => !Object.hasOwn(temporaryCodes, one))
          const repeats = Math.min(stays < 0 ? script.length : stays, 3)
          return { repeats, fails: repeats < script.length }
        })
        const messages = new Map(failures.map(({ task, error }) => [task.key, error.message]))
        for (const [at, { repeats }] of expected.entries())
          t.is(
            events.filter((event) => event.type === 'retried' && event.task.key === `t${at}`).length,
            repeats,
          )
        for (const [at, { repeats, fails }] of expected.entries()) {
          const tries = repeats === 0 ? '' : ` (tried ${repeats + 1} times)`
          t.is(messages.get(`t${at}`), fails ? `as scripted, ${scripts[at]?.[repeats]}${tries}` : undefined)
        }
        t.is(failures.length, expected.filter(({ fails }) => fails).length)
        t.is(finished, scripts.length - failures.length)
      },
    ),
    { numRuns: 15 },
  )
})
