import { Random } from '../../src/core/random.js'
import { memoryStore } from '../../src/io/store/memory.js'
import type { Store } from '../../src/io/store/store.js'
import type { Profile } from '../../src/manifest/profile.js'
import type { Plan } from '../../src/planner/types.js'
import { recordKey } from '../../src/runner/layout.js'
import { schedulerExecutor } from '../../src/submission/executor.js'
import { readMembers } from '../../src/submission/array-file.js'
import { retryRun } from '../../src/submission/retry.js'
import { submitMissing } from '../../src/submission/submit.js'
import type { SubmissionContext } from '../../src/submission/context.js'
import { SimulatedClock } from './clock.js'
import { type ClusterOptions, type Faults, SimulatedCluster } from './cluster.js'
import { SimulatedProcesses } from './processes.js'

export interface Simulated {
  readonly tasks: number
  readonly elements: number
  readonly attempts: number
  readonly arrays: number
  /** Times that a person had to say `retry`. */
  readonly retries: number
  /** Times that whoever follows was killed. */
  readonly kills: number
  readonly hours: number
  readonly struck: { readonly [fault in keyof Faults]: number }
  readonly out: { readonly memory: number; readonly time: number; readonly blocked: number }
  /** Tasks without a record at the end. */
  readonly missing: readonly string[]
  /** Tasks that were worked on to their end a second time. */
  readonly wasted: readonly string[]
  /** Names that the cluster accepted while it knew of the first. */
  readonly twice: readonly string[]
}

const mostRounds = 25

/** Runs a whole graph on a cluster that the seed decides, by the code that submits and follows real ones. */
export async function simulate(plan: Plan, profile: Profile, seed: number): Promise<Simulated> {
  const random = new Random('simulation', seed)
  const clock = new SimulatedClock()
  const memory = memoryStore('simulation', clock)
  const tasks = new Map(
    plan.stages.flatMap((stage) => stage.tasks.map((task) => [task.fingerprint, task] as const)),
  )
  const folders = new Map<string, string>()
  const members = new Map<string, readonly (readonly string[])[]>()
  const processes = new SimulatedProcesses({
    store: memory,
    clock,
    random,
    folderOf: (array) => folders.get(array) ?? '',
    tasks,
    members: (array, index) => members.get(array)?.[index] ?? [],
    behaviour: { hungry: 0.05 * random.unit(), slow: 0.03 * random.unit() },
  })
  const cluster = new SimulatedCluster(drawCluster(random), clock, random, processes.start)
  const submit = cluster.submit.bind(cluster)
  cluster.submit = async (job) => {
    const folder = String(job.command[job.command.indexOf('--array') + 1]?.split('/')[0])
    folders.set(job.name, folder)
    members.set(job.name, await readMembers(memory, folder, job.name))
    return submit(job)
  }
  const store = beating(memory, () => processes.beat())
  const context: SubmissionContext = {
    path: 'm.yaml',
    by: { manifest: '/m.yaml', user: 'a', host: 'h' },
    plan,
    store,
    setup: { store: store.uri, log_level: 'error' },
    profile,
    scheduler: cluster,
    clock,
  }
  const started = clock.now()
  let retries = 0
  let kills = 0
  for (let round = 0; ; round++) {
    const open = [...tasks.values()].filter(({ fingerprint }) => !processes.made.has(fingerprint))
    if (open.length === 0 || round === mostRounds) break
    const killed = new AbortController()
    if (random.unit() < 0.3)
      clock.after(random.unit() * 3_600_000, () => killed.abort(new Error('killed')), true)
    if (random.unit() < 0.3)
      clock.after(random.unit() * 600_000, () => void submitMissing(context).catch(expected), true)
    try {
      await clock.until(schedulerExecutor(context).execute(open, { signal: killed.signal, listen: () => {} }))
      if (processes.made.size < tasks.size) {
        retries += 1
        await clock.until(retryRun(context, { failed: true }))
      }
    } catch (error) {
      expected(error)
      kills += 1
      await clock.until(clock.sleep(60_000))
    }
  }
  const records = await Promise.all(
    [...tasks.values()].map(async (task) =>
      (await memory.stat(recordKey(task.stage, task.fingerprint))) ? [] : [`${task.stage}/${task.key}`],
    ),
  )
  return {
    tasks: tasks.size,
    elements: cluster.elements,
    attempts: cluster.attempts,
    arrays: cluster.arrays,
    retries,
    kills,
    hours: (clock.now() - started) / 3_600_000,
    struck: cluster.struck,
    out: processes.out,
    missing: records.flat(),
    wasted: processes.wasted,
    twice: cluster.twice,
  }
}

/** Whoever submits or follows is told that nobody answers, or is killed: both may happen at any time. */
function expected(error: unknown): void {
  const code = (error as { code?: string }).code ?? ''
  if (!['E_SCHEDULER_UNREACHABLE', 'E_SUBMIT_UNCERTAIN', 'E_STOPPED'].includes(code)) throw error
}

function drawCluster(random: Random): ClusterOptions {
  const share = (most: number) => (random.unit() < 0.3 ? 0 : most * random.unit() ** 2)
  const batch = random.unit() < 0.5
  return {
    slots: Math.ceil(20 * 250 ** random.unit()),
    limits: batch
      ? { array_size: 10_000, dependencies: 20, waits_for_end: false }
      : { array_size: 1000, dependencies: 1000, waits_for_end: true },
    repetitions: random.below(6),
    queue_seconds: random.unit() < 0.3 ? 0 : 1200 * random.unit() ** 2,
    remembered_seconds: random.unit() < 0.5 ? 300 : 86_400,
    faults: {
      preempted: share(0.5),
      node_lost: share(0.3),
      element_lost: share(0.2),
      zombie: share(0.1),
      job_lost: share(0.2),
      answer_lost: share(0.2),
      silent: share(0.1),
    },
  }
}

/** Heartbeats are written when somebody is about to read them: in between nobody can tell. */
function beating(store: Store, beat: () => void): Store {
  return {
    uri: store.uri,
    stat: (key) => store.stat(key),
    read: (key, options) => store.read(key, options),
    stream: (key, options) => store.stream(key, options),
    create: (key, body) => store.create(key, body),
    replace: (key, body, expectedVersion) => store.replace(key, body, expectedVersion),
    remove: (key) => store.remove(key),
    sweep: (age) => store.sweep(age),
    list: async function* (prefix) {
      if (prefix.startsWith('_live/jobs/')) {
        beat()
        await Promise.resolve()
      }
      yield* store.list(prefix)
    },
  }
}
