import { spawn } from 'node:child_process'
import type { RunJob } from './jobs.js'
import type { End, Job, Overrides } from './model.js'

export interface ProcessOptions {
  /** What the image would run: the words before the job's command. */
  readonly program: readonly string[]
  readonly environment?: (job: Job) => { readonly [name: string]: string }
  /** Milliseconds after which the machine of an attempt is taken away; undefined leaves it alone. */
  readonly reclaim?: (job: Job, attempt: number) => number | undefined
}

export interface Processes {
  readonly run: RunJob
  /** What the attempts printed, by log stream. */
  readonly logs: Map<string, { timestamp: number; message: string }[]>
  readonly reclaimed: { job: string; attempt: number }[]
}

/**
 * Runs jobs as child processes, with the environment that AWS Batch gives them. A Spot machine that is taken
 * back gives no exit code.
 */
export function childProcesses({ program, environment, reclaim }: ProcessOptions): Processes {
  const logs: Processes['logs'] = new Map()
  const reclaimed: Processes['reclaimed'] = []
  const run: RunJob = (job, attempt) => {
    const nodes = job.request.nodeOverrides?.numNodes ?? 1
    const lines: { timestamp: number; message: string }[] = []
    logs.set(String(job.logStreamName), lines)
    const started = Array.from({ length: nodes }, (_, node) => {
      const child = startNode(
        program,
        { ...environment?.(job), ...nodeEnvironment(node, nodes) },
        job,
        attempt,
      )
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          for (const message of text.split('\n'))
            if (message !== '') lines.push({ timestamp: Date.now(), message })
        })
      }
      return child
    })
    const child = started[0]!
    let given: End | undefined
    let timers: NodeJS.Timeout[] = []
    const stop = (end: End) => {
      given ??= end
      child.kill('SIGTERM')
      timers.push(setTimeout(() => child.kill('SIGKILL'), 5000))
    }
    const after = reclaim?.(job, attempt)
    if (after !== undefined) {
      timers.push(
        setTimeout(() => {
          reclaimed.push({ job: job.id, attempt })
          given ??= { statusReason: 'Host EC2 (instance i-0123456789abcdef0) terminated.' }
          child.kill('SIGKILL')
        }, after),
      )
    }
    const ended = new Promise<End>((resolve) => {
      const over = (exitCode: number) => {
        // The main node's end is that of the job: the others are stopped.
        for (const other of started.slice(1)) other.kill('SIGKILL')
        for (const timer of timers) clearTimeout(timer)
        timers = []
        resolve(given ?? { exitCode })
      }
      child.once('error', () => over(127))
      child.once('close', (code, signal) => over(code ?? (signal === 'SIGKILL' ? 137 : 143)))
    })
    return { ended, stop }
  }
  return { run, logs, reclaimed }
}

function startNode(
  [file = '', ...first]: readonly string[],
  environment: NodeJS.ProcessEnv,
  job: Job,
  attempt: number,
) {
  const overrides = overridesOf(job)
  return spawn(file, [...first, ...(overrides.command ?? [])], {
    env: {
      ...process.env,
      ...environment,
      ...Object.fromEntries((overrides.environment ?? []).map(({ name, value }) => [name, value])),
      AWS_BATCH_JOB_ID: job.id,
      AWS_BATCH_JOB_ATTEMPT: String(attempt),
      ...(job.index === undefined ? {} : { AWS_BATCH_JOB_ARRAY_INDEX: String(job.index) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The main node is not told where it is itself. */
function nodeEnvironment(node: number, nodes: number): NodeJS.ProcessEnv {
  if (nodes === 1) return {}
  const own = {
    AWS_BATCH_JOB_NUM_NODES: String(nodes),
    AWS_BATCH_JOB_NODE_INDEX: String(node),
    AWS_BATCH_JOB_MAIN_NODE_INDEX: '0',
  }
  return node === 0 ? own : { ...own, AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: '127.0.0.1' }
}

function overridesOf({ request }: Job): Overrides {
  return (
    request.containerOverrides ?? request.nodeOverrides?.nodePropertyOverrides?.[0]?.containerOverrides ?? {}
  )
}
