import test from 'ava'
import type { ElementState } from '../../../src/schedulers/scheduler.js'
import {
  type Evidence,
  isActive,
  judge,
  isRetryable,
  silentMilliseconds,
} from '../../../src/submission/judge.js'
import type { Mark, MarkState } from '../../../src/submission/layout.js'

const now = 10_000_000
const mark = (state: MarkState, { attempt = 0, ago = 0 } = {}): Mark => ({
  index: 0,
  attempt,
  state,
  seen_ms: now - ago,
})
const verdict = (evidence: Partial<Evidence>) => {
  const { state, cause } = judge({
    done: false,
    scheduler: undefined,
    marks: [],
    cancelled: false,
    submitted_ms: 0,
    now_ms: now,
    grace_ms: 1000,
    ...evidence,
  })
  return cause ? `${state} ${cause}` : state
}
const says = (state: ElementState['state'], cause?: ElementState['cause']): ElementState => ({
  state,
  ...(cause ? { cause } : {}),
})

test('records override what queue and marks say', (t) => {
  t.is(
    verdict({ done: true, scheduler: says('failed', 'exit'), marks: [mark('failed')], cancelled: true }),
    'succeeded',
  )
})

test('a cancelled job stays cancelled after the queue forgets it', (t) => {
  const cancelled = { cancelled: true, cancelled_ms: now - 60_000 }
  for (const state of ['stopped', 'failed'] as const) {
    t.is(verdict({ ...cancelled, marks: [mark(state, { ago: 50_000 })] }), 'cancelled cancelled', state)
    t.is(
      verdict({ ...cancelled, marks: [mark(state, { ago: 65_000 })] }),
      'cancelled cancelled',
      `${state}, before the store was told`,
    )
  }
  t.is(
    verdict({ ...cancelled, marks: [mark('failed', { ago: 600_000 })] }),
    'failed exit',
    'it had failed long before',
  )
  t.is(
    verdict({ ...cancelled, scheduler: says('running'), marks: [mark('failed', { ago: 50_000 })] }),
    'running',
  )
})

test('the queue decides while it reports the element as waiting or running', (t) => {
  t.is(verdict({ scheduler: says('pending') }), 'pending')
  t.is(
    verdict({ scheduler: says('running'), marks: [mark('failed')] }),
    'running',
    'a mark of an attempt before',
  )
  t.is(verdict({ scheduler: says('pending'), marks: [mark('stopped')] }), 'preempted')
  t.is(
    verdict({ scheduler: says('running'), cancelled: true }),
    'running',
    'it is being ended, but it is not yet',
  )
})

test("an element's own mark decides how it ended, then the queue", (t) => {
  t.is(verdict({ scheduler: says('failed', 'exit'), marks: [mark('out-of-memory')] }), 'failed out_of_memory')
  t.is(verdict({ scheduler: says('failed', 'exit'), marks: [mark('out-of-time')] }), 'failed time_limit')
  t.is(verdict({ scheduler: says('failed', 'exit'), marks: [mark('blocked')] }), 'blocked')
  t.is(verdict({ scheduler: says('failed', 'exit'), marks: [mark('failed')] }), 'failed exit')
  t.is(
    verdict({ scheduler: says('failed', 'out_of_memory'), marks: [mark('running')] }),
    'failed out_of_memory',
  )
  t.is(verdict({ scheduler: says('lost', 'node_lost'), marks: [mark('running')] }), 'lost node_lost')
  t.is(
    verdict({ scheduler: says('cancelled', 'cancelled'), marks: [mark('stopped')] }),
    'cancelled cancelled',
  )
  t.is(verdict({ scheduler: says('cancelled', 'dependency') }), 'blocked dependency')
  t.is(verdict({ scheduler: says('succeeded') }), 'lost', 'a success without a record never reached Coterie')
  t.is(
    verdict({
      scheduler: says('failed', 'exit'),
      marks: [mark('failed'), mark('running', { attempt: 1, ago: 1e6 })],
    }),
    'failed exit',
    'the later attempt died without a word',
  )
})

test('jobs that the scheduler has forgotten are judged by their marks', (t) => {
  t.is(verdict({}), 'lost')
  t.is(verdict({ submitted_ms: now - 500 }), 'pending', 'just submitted')
  t.is(verdict({ marks: [mark('running')] }), 'running', 'it still says so itself')
  t.is(verdict({ marks: [mark('running', { ago: silentMilliseconds + 2000 })] }), 'lost')
  t.is(verdict({ marks: [mark('failed')] }), 'failed exit')
  t.is(verdict({ cancelled: true }), 'cancelled cancelled')
  t.is(verdict({ unasked: true }), 'pending', 'nobody was asked, so nothing is lost')
  t.is(verdict({ unasked: true, marks: [mark('running', { ago: 1e7 })] }), 'running')
})

test('only interruptions are retried automatically', (t) => {
  for (const cause of ['out_of_memory', 'time_limit', 'signal'] as const)
    t.true(isRetryable({ state: 'failed', cause }))
  t.false(isRetryable({ state: 'failed', cause: 'exit' }))
  t.true(isRetryable({ state: 'lost' }))
  t.true(isRetryable({ state: 'blocked' }))
  t.false(isRetryable({ state: 'cancelled', cause: 'cancelled' }))
  t.true(isActive({ state: 'preempted' }))
})
