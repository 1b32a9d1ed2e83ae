import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PipelineError } from '../../../core/error.js'
import type { TaskContext } from '../../define.js'
import { readExitRecord, type ExitRecord } from './exit-record.js'
import { describe, parseLine, type TrainerEvent } from './progress.js'
import { trainerEnvironment } from './require-versions.js'

export interface TrainerRun {
  /** The whole command line. */
  readonly command: readonly string[]
  /** The job's `work` folder, where the exit record appears. */
  readonly work: string
  readonly context: Pick<TaskContext<unknown>, 'key' | 'signal' | 'log' | 'progress' | 'checkpoints'>
  /** Folder to which the trainer copies its latest checkpoint, if that is saved to the store. */
  readonly state: string | undefined
}

/** Number of lines of the trainer's log that an error shows. */
const tailLines = 12

/**
 * Runs a trainer to its exit record. A stop is passed on as SIGTERM; its events are shown as progress;
 * success is decided by the record, never by the exit status alone.
 */
export async function runTrainer({ command, work, context, state }: TrainerRun): Promise<ExitRecord> {
  const { key, signal, log, progress } = context
  const [program, ...args] = command
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a session of its own: the SIGHUP of a closed terminal ends trainers, also under nohup.
    detached: true,
    env: { ...trainerEnvironment(), COTERIE_PARENT: String(process.pid) },
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  // If this process exits early, it must not leave a training behind.
  process.once('exit', stop)
  const tail: string[] = []
  let saving: Promise<void> = Promise.resolve()
  let phase = 'starting'
  let end: Extract<TrainerEvent, { event: 'end' }> | undefined
  createInterface({ input: child.stderr }).on('line', (line) => {
    tail.push(line)
    if (tail.length > tailLines) tail.shift()
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const event = parseLine(line)
    if (!event) return
    if (event.event === 'phase') {
      phase = event.phase
      progress(0, undefined, phase)
    } else if (event.event === 'progress') progress(event.samples, event.samples_total, describe(event))
    else if (event.event === 'warning') log.warn({ code: event.code }, `${key}: ${event.message}`)
    else if (event.event === 'checkpoint' && state !== undefined) {
      saving = saving
        .then(() => save(state, event.step))
        .catch((error: unknown) =>
          log.warn(
            { step: event.step },
            `${key}: the checkpoint could not be saved: ${(error as Error).message}`,
          ),
        )
    } else if (event.event === 'end') end = event
  })
  const status = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', (cause) =>
        reject(
          new PipelineError({
            code: 'E_NO_TRAINER',
            message: 'the trainer cannot be started',
            place: command.join(' '),
            found: cause.message,
            hint: 'see train.trainer',
            cause,
          }),
        ),
      )
      child.once('close', (code, by) => resolve({ code, signal: by }))
    },
  ).finally(() => {
    signal.removeEventListener('abort', stop)
    process.removeListener('exit', stop)
  })
  await saving
  if (signal.aborted || status.code === 75) {
    throw new PipelineError({
      code: 'E_STOPPED',
      failure: 'retry',
      message: 'the training was stopped before it was done',
      place: `train/${key}`,
      hint: 'run again to resume from its last checkpoint',
    })
  }
  const record = await readExitRecord(work)
  if (status.code === 0 && record?.status === 'succeeded') return record
  throw new PipelineError({
    code: record?.code ?? end?.code ?? 'E_TRAINER',
    message:
      record?.message ??
      end?.message ??
      `the trainer ended ${status.signal ? `by ${status.signal}` : `with exit status ${status.code}`} ` +
        `while ${phase}`,
    failure: status.code === 3 ? 'manifest' : 'stage',
    place: `train/${key}`,
    expected: record ? undefined : `${join(work, 'exit.json')} with status \`succeeded\``,
    found: record ? undefined : tail.slice(-3).join(' | ') || 'nothing on standard error',
    hint: record?.hint ?? `full log: ${join(work, 'log.txt')}`,
    excerpt: record ? undefined : tail.join('\n'),
  })

  async function save(folder: string, step: number): Promise<void> {
    if (!existsSync(folder)) return
    const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    if (names.length > 0) await context.checkpoints?.save(folder, names.sort(), step)
  }
}
