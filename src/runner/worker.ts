import { systemClock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'
import { outliveTerminal } from '../core/lost-terminal.js'
import type { FromWorker, ToWorker } from '../local-executor/worker-process.js'
import type { Task } from '../planner/types.js'
import { openStorage, type RunSetup } from './storage.js'
import { extensionsOf } from './loaded-plugins.js'
import { adoptOrRun } from './adoption/at-start.js'
import { runTask, type TaskEnvironment } from './task/run-task.js'
import { stderrLogger } from './stderr-logger.js'

/** Entry of a worker process of the local executor. */

const progressEveryMilliseconds = 200
let setup: RunSetup | undefined
let current: AbortController | undefined

process.on('message', (message: ToWorker) => {
  if (message.type === 'setup') setup = message.setup as RunSetup
  else if (message.type === 'stop') current?.abort(new Error('stopped'))
  else void run(message.task, message.threads)
})

// The pool decides when to stop: Ctrl-C reaches the whole process group and must not interrupt a commit.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
outliveTerminal()
// Without its pool a worker is useless; anything uncommitted is discarded.
process.on('disconnect', () => process.exit(0))

async function run(task: Task, threads: number): Promise<void> {
  current = new AbortController()
  let last = 0
  try {
    if (!setup)
      throw new PipelineError({ code: 'E_WORKER', message: 'a worker received a task before its settings' })
    const storage = await openStorage(setup)
    const { stages } = await extensionsOf(setup)
    const { signal } = current
    const environment: TaskEnvironment = {
      ...storage,
      threads,
      clock: systemClock,
      signal,
      log: stderrLogger(setup.log_level, { task: `${task.stage}/${task.key}` }),
      progress: (rows_done, rows_total, detail) => {
        const now = systemClock.monotonic()
        if (now - last < progressEveryMilliseconds) return
        last = now
        send({ type: 'progress', rows_done, rows_total, detail })
      },
    }
    const compute = () => runTask(task, stages.get(task.stage), environment)
    // A rebuild and a helper make their own bytes.
    const record =
      setup.upstream || setup.discard
        ? await compute()
        : await adoptOrRun(task, { store: storage.store, stages, clock: systemClock }, compute)
    const { rows_in, rows_out, dropped } = record.accounting
    const adopted = record.data === undefined ? {} : { adopted: record.data }
    send({ type: 'done', summary: { rows_in, rows_out, dropped, seconds: record.seconds, ...adopted } })
  } catch (error) {
    send({ type: 'failed', error: PipelineError.from(error).toJSON() })
  }
}

function send(message: FromWorker): void {
  process.send?.(message)
}
