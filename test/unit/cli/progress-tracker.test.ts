import test from 'ava'
import { ProgressTracker } from '../../../src/cli/terminal/progress-tracker.js'

const task = (key: string, seconds: number) => ({ stage: 'train', key, fingerprint: key, seconds })

function tracked() {
  let now = 0
  const tracker = new ProgressTracker({ now: () => now, monotonic: () => now, sleep: async () => {} })
  return { tracker, at: (seconds: number) => (now = seconds * 1000) }
}

test('the remaining time follows from estimates, not from the number of tasks', (t) => {
  const { tracker, at } = tracked()
  const long = task('features', 30)
  tracker.expect([long, task('dense', 1), task('expert-0', 1)])
  tracker.take({ type: 'started', task: long })
  at(16)
  tracker.take({ type: 'progress', task: long, rows_done: 500, rows_total: 1000 })
  const state = tracker.state('train')
  t.is(state.tasks_done, 0)
  t.is(Math.round(state.seconds_left ?? 0), 18)
  t.is(state.rows, 500)
})

test('no time is predicted before any progress, and it is never negative', (t) => {
  const { tracker, at } = tracked()
  const only = task('whole', 10)
  t.is(tracker.state('train').seconds_left, undefined)
  tracker.take({ type: 'started', task: only })
  at(5)
  tracker.take({ type: 'finished', task: only, rows_in: 3, rows_out: 3, dropped: {}, seconds: 5 })
  t.is(tracker.state('train').seconds_left, undefined, 'a task that nobody announced')
  tracker.expect([task('later', 10)])
  t.is(tracker.state('train').tasks, 1)
})
