import { mkdir, readFile } from 'node:fs/promises'
import { packagePath } from '../../core/package-path.js'
import { queueFull, schedulerUnreachable, submissionRefused, submissionUncertain } from '../errors.js'
import type { ArrayJob, ElementState, Scheduler, SchedulerLimits, SubmittedJob } from '../scheduler.js'
import { accountingFormat, parseAccounting } from './accounting.js'
import { responseLost, type CommandResult, commandRunner, neverReached, type RunCommand } from './commands.js'
import { parseQueue, queueFormat, type QueueLine } from './queue.js'
import { logFolder, renderScript } from './script.js'
import type { SlurmSettings } from './settings.js'

/** Slurm allows any number of dependencies; more than this is a mistake. */
const maxDependencies = 1000

/** Limits on how many jobs the queue holds, of an association, a QOS or all. */
const submitLimit = /(?:Max|Grp)Submit|MaxJobCount|temporarily unable to accept job/i

/** Slurm through its commands: sbatch, squeue, scancel, scontrol, and sacct if accounting is enabled. */
export function slurmScheduler(
  settings: SlurmSettings,
  run: RunCommand = commandRunner(settings.answer_seconds),
): Scheduler {
  return new Slurm(
    { ...settings, command: settings.command.length > 0 ? settings.command : thisCommand() },
    run,
  )
}

class Slurm implements Scheduler {
  readonly kind = 'slurm'
  private readonly settings: SlurmSettings
  private readonly run: RunCommand
  /** Set once sacct has reported that accounting is disabled. */
  private accountingDisabled = false

  constructor(settings: SlurmSettings, run: RunCommand) {
    this.settings = settings
    this.run = run
  }

  async limits(): Promise<SchedulerLimits> {
    return {
      array_size: this.settings.array_size ?? (await this.largestArray()),
      dependencies: maxDependencies,
      waits_for_end: true,
    }
  }

  async submit(job: ArrayJob): Promise<string> {
    await mkdir(logFolder(this.settings, job.name), { recursive: true })
    const answer = await this.run('sbatch', ['--parsable'], { input: renderScript(job, this.settings) })
    // `1234` or, in a federation, `1234;cluster`. Warnings are on earlier lines.
    const id = /^(\d+)(?:;\S+)?$/m.exec(answer.output)?.[1]
    if (answer.code === 0 && id !== undefined) return id
    if (neverReached(answer)) throw schedulerUnreachable('Slurm', answer.error)
    if (responseLost(answer) || answer.code === 0)
      throw submissionUncertain(job.name, answer.error || answer.output)
    if (submitLimit.test(answer.error)) throw queueFull(job.name, answer.error)
    throw submissionRefused(job.name, answer.error, hintFor(answer.error))
  }

  async find(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    const lines = (await this.queue(names)).toSorted((a, b) => Number(a.job) - Number(b.job))
    for (const { name, job } of lines) if (!found.has(name)) found.set(name, job)
    return found
  }

  async states(
    jobs: readonly SubmittedJob[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, ElementState>>> {
    const states = new Map<string, Map<number, ElementState>>(jobs.map(({ id }) => [id, new Map()]))
    for (const { job, indices, state } of await this.queue(jobs.map(({ name }) => name))) {
      const elements = states.get(job)
      if (elements)
        for (const { from, to } of indices)
          for (let index = from; index <= to; index++) elements.set(index, state)
    }
    const forgotten = jobs.filter(({ id, size }) => (states.get(id)?.size ?? 0) < size)
    for (const { job, index, state } of await this.accounts(forgotten)) {
      const elements = states.get(job)
      if (elements && !elements.has(index)) elements.set(index, state)
    }
    return states
  }

  async cancel(jobs: readonly SubmittedJob[]): Promise<void> {
    if (jobs.length === 0) return
    const answer = await this.run(
      'scancel',
      jobs.flatMap(({ id, indices }) => indices?.map((index) => `${id}_${index}`) ?? [id]),
    )
    if (answer.code === 0 || /Invalid job id|already completing or completed/i.test(answer.error)) return
    throw schedulerUnreachable('Slurm', answer.error)
  }

  async logs({ name }: SubmittedJob, index: number, tail?: number): Promise<string | undefined> {
    const text = await readFile(`${logFolder(this.settings, name)}/${index}.log`, 'utf8').catch(
      () => undefined,
    )
    return text === undefined || tail === undefined
      ? text
      : text.replace(/\n$/, '').split('\n').slice(-tail).join('\n')
  }

  /** Queries by name: given an unknown id, squeue fails or ignores it, depending on the number of ids. */
  private async queue(names: readonly string[]): Promise<QueueLine[]> {
    if (names.length === 0) return []
    const answer = await this.run('squeue', [
      '--noheader',
      '--states=all',
      `--name=${names.join(',')}`,
      `--format=${queueFormat}`,
    ])
    if (answer.code !== 0) throw schedulerUnreachable('Slurm', answer.error)
    return parseQueue(answer.output)
  }

  private async accounts(jobs: readonly SubmittedJob[]): Promise<ReturnType<typeof parseAccounting>> {
    if (jobs.length === 0 || this.accountingDisabled) return []
    const answer = await this.run('sacct', [
      '-X',
      '-n',
      '-P',
      `--format=${accountingFormat}`,
      `--jobs=${jobs.map(({ id }) => id).join(',')}`,
    ]).catch(failed)
    // The queue has answered already, so a failure of sacct is not an error.
    if (answer.code !== 0) this.accountingDisabled = /accounting storage is disabled/i.test(answer.error)
    return answer.code === 0 ? parseAccounting(answer.output) : []
  }

  private async largestArray(): Promise<number> {
    const answer = await this.run('scontrol', ['show', 'config'])
    if (answer.code !== 0) throw schedulerUnreachable('Slurm', answer.error)
    // Indices are below MaxArraySize.
    return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(answer.output)?.[1] ?? 1001)
  }
}

function failed(error: Error): CommandResult {
  return { code: 1, output: '', error: error.message, killed: false }
}

/** This Node and this package, which compute nodes see through a shared file system. */
function thisCommand(): string[] {
  return [process.execPath, packagePath('dist', 'cli', 'main.js')]
}

function hintFor(error: string): string | undefined {
  if (/node configuration is not available|Memory specification|CPU count/i.test(error))
    return 'no machine of the partition is large enough: see `machine` and `stages` in the profile'
  if (/invalid partition|invalid account|account\/partition|invalid qos|Invalid QOS/i.test(error))
    return 'set partition, account and QOS under `slurm` in the profile'
  return undefined
}
