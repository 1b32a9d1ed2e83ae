import { readFile, writeFile } from 'node:fs/promises'
import { systemClock } from '../../core/clock.js'
import { PipelineError } from '../../core/error.js'
import type { Task } from '../../planner/types.js'
import { stageNamed } from '../../stages/registry.js'
import { openPlace, type PlaceSetup } from '../storage.js'
import { hasRecord, readRecord, type Accounting } from './record.js'
import { stderrLogger } from '../stderr-logger.js'
import { runTask } from './task.js'

/**
 * One job for a scheduler: everything that `coterie task` needs, and nothing that belongs on a command line.
 */
export interface TaskFile {
  readonly task: Task
  readonly setup: PlaceSetup
}

export interface TaskOutcome {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
  readonly accounting: Accounting
  /** False: an earlier attempt had already committed it. */
  readonly executed: boolean
}

export async function writeTaskFile(path: string, file: TaskFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(file)}\n`)
}

/** Idempotent: a task that has its record is done. */
export async function runTaskFile(path: string, threads: number, signal: AbortSignal): Promise<TaskOutcome> {
  const { task, setup } = parse(path, await readFile(path, 'utf8'))
  const place = await openPlace(setup)
  const found = await hasRecord(place.store, task)
  const record = found
    ? await readRecord(place.store, task)
    : await runTask(task, stageNamed(task.stage), {
        ...place,
        threads,
        clock: systemClock,
        signal,
        log: stderrLogger(setup.log_level, { task: `${task.stage}/${task.key}` }),
        progress: () => {},
      })
  return {
    stage: task.stage,
    key: task.key,
    fingerprint: task.fingerprint,
    accounting: record.accounting,
    executed: !found,
  }
}

function parse(path: string, text: string): TaskFile {
  try {
    const file = JSON.parse(text) as TaskFile
    if (typeof file.task.fingerprint === 'string' && typeof file.setup.store === 'string') return file
  } catch {
    // Reported below.
  }
  throw new PipelineError({
    code: 'E_TASK_FILE',
    failure: 'usage',
    message: 'this is not a task file',
    place: path,
    expected: '{"task": {…}, "setup": {…}}',
  })
}
