import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../../scripts/slurm/cluster.js'
import { systemClock } from '../../src/core/clock.js'
import { packagePath } from '../../src/core/package-path.js'
import type { Task } from '../../src/planner/types.js'
import { prepare } from '../../src/runner/prepare.js'
import { slurmScheduler } from '../../src/schedulers/slurm/scheduler.js'
import { commandRunner, type RunCommand } from '../../src/schedulers/slurm/commands.js'
import type { SlurmSettings } from '../../src/schedulers/slurm/settings.js'
import type { ElementVerdict } from '../../src/submission/judge.js'
import { readLedger } from '../../src/submission/ledger.js'
import { observeElements } from '../../src/submission/observe.js'
import { submissionContext } from '../../src/submission/context.js'
import type { SubmissionContext } from '../../src/submission/context.js'
import { picture, tarOf } from '../fakes/crawl.js'

/**
 * A run on the private cluster: a crawl of its own, and a control folder in which tests say what an element
 * shall do before it begins (`misbehave`): shell code by stage and index, run by a wrapper around the real
 * command.
 */
export interface SlurmPlace {
  readonly folder: string
  readonly manifest: string
  readonly profile: string
  readonly shards: readonly string[]
  misbehave(stage: string, index: number | '*', code: string): Promise<void>
  behave(): Promise<void>
  context(options?: { until?: string; run?: RunCommand; profile?: string }): Promise<SubmissionContext>
  /** Verdicts on the tasks of a stage, in plan order. */
  verdicts(stage: string, until?: string): Promise<readonly (ElementVerdict & { log?: string })[]>
  logs(stage: string, index: number): Promise<string>
  remove(): Promise<void>
}

export async function slurmPlace(
  cluster: Cluster,
  name: string,
  profileLines = '',
  jobs = '',
): Promise<SlurmPlace> {
  const folder = await mkdtemp(join(tmpdir(), `coterie-${name}-`))
  const control = join(folder, 'control')
  await mkdir(control)
  await mkdir(join(folder, 'crawl'))
  const shards: string[] = []
  for (let shard = 0; shard < 3; shard++) {
    const members: [string, Uint8Array | string][] = []
    for (let row = 0; row < 4; row++) {
      members.push(
        [`${shard}${row}.png`, await picture(shard * 10 + row)],
        [`${shard}${row}.txt`, `a picture of thing number ${row} in shard ${shard}`],
      )
    }
    const path = join(folder, 'crawl', `${shard}.tar`)
    await writeFile(path, await tarOf(members))
    shards.push(path)
  }
  const manifest = join(folder, `${name}.yaml`)
  await writeFile(
    manifest,
    `name: ${name}\npipeline: mode\ninput: { uri: crawl/*.tar }\nstore: store\nstages:\n  cluster: ` +
      '{ fine: 2, experts: 2 }\n',
  )
  const wrapper = join(folder, 'wrapper.sh')
  await writeFile(wrapper, wrapperText(control))
  await chmod(wrapper, 0o755)
  for (const [file, text] of Object.entries(hooks)) await writeFile(join(control, file), text)
  const profile = join(folder, 'place.yaml')
  await writeFile(
    profile,
    `name: ${name}
executor: slurm
slurm:
  command: ["${wrapper}", "${process.execPath}", "${packagePath('dist', 'cli', 'main.js')}"]
  answer_seconds: 30
jobs: { element_minutes: 0, poll_seconds: 0.5, grace_seconds: 4,
  input_wait_seconds: 1, repetitions: 2${jobs === '' ? '' : `, ${jobs}`} }
machine: { cpus: 2, memory_gigabytes: 3 }
${profileLines}`,
  )
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
  const context: SlurmPlace['context'] = async ({ until, run, profile: other } = {}) => {
    const made = await submissionContext(await prepare(manifest, { profile: other ?? profile, until }))
    if (!run) return made
    const settings: SlurmSettings = {
      ...made.profile.slurm,
      logs: join(folder, 'store', '_live', 'logs'),
      repetitions: made.profile.jobs.repetitions,
    }
    return { ...made, scheduler: slurmScheduler(settings, run) }
  }
  const latest = async (stage: string, until?: string) => {
    const { by, plan, store, scheduler } = await context({ until: until ?? stage })
    const { done } = await prepare(manifest, { profile, until: until ?? stage })
    const ledger = await readLedger(store, by, plan.manifest)
    const observation = await observeElements({
      store,
      plan,
      ledger,
      done,
      scheduler,
      clock: systemClock,
      grace_seconds: 4,
    })
    const tasks = plan.stages.find((each) => each.node === stage)?.tasks ?? []
    return tasks.map((task: Task) => ({
      task,
      element: observation.byTask.get(task.fingerprint),
      done: done.has(task.fingerprint),
    }))
  }
  return {
    folder,
    manifest,
    profile,
    shards,
    misbehave: (stage, index, code) =>
      writeFile(join(control, index === '*' ? stage : `${stage}-${index}`), `${code}\n`),
    behave: async () => {
      await rm(control, { recursive: true })
      await mkdir(control)
      for (const [file, text] of Object.entries(hooks)) await writeFile(join(control, file), text)
    },
    context,
    verdicts: async (stage, until) =>
      (await latest(stage, until)).map(({ element, done }) =>
        done ? { state: 'succeeded' } : (element?.verdict ?? { state: 'pending' }),
      ),
    logs: async (stage, index) => {
      const element = (await latest(stage))[index]?.element
      return element
        ? readFile(
            join(folder, 'store/_live/logs', element.array.name, `${element.index}.log`),
            'utf8',
          ).catch(() => '')
        : ''
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export const runCommand: RunCommand = commandRunner(30)

function wrapperText(control: string): string {
  return `#!/bin/bash
# Runs what a test asks of this element, then the real command: "$@" ends with
# --array NAME/ARRAY --threads N --index I.
export CONTROL=${control}
for ((i = 1; i <= $#; i++)); do
  if [ "\${!i}" = --array ]; then next=$((i + 1)); array=\${!next}; fi
done
stage=$(echo "\${array#*/}" | sed -E 's/^[^-]+-([a-z]+)-.*/\\1/')
for file in "$CONTROL/$stage" "$CONTROL/$stage-$SLURM_ARRAY_TASK_ID"; do
  if [ -f "$file" ]; then source "$file"; fi
done
exec "$@"
`
}

/** Loaded into the workers of an element by \`NODE_OPTIONS\`, where an element shall take long or much. */
const hooks = {
  // Until a file \`go\` appears; ends when it is asked to stop.
  'wait.mjs': `import { existsSync } from 'node:fs'
if (process.send) {
  const stop = (message) => { if (message.type === 'stop') process.exit(9) }
  const kept = []
  const keep = (message) => { kept.push(message); stop(message) }
  process.on('message', keep)
  while (!existsSync(process.env.CONTROL + '/go')) await new Promise((resolve) => setTimeout(resolve, 100))
  process.off('message', keep)
  setTimeout(() => { for (const message of kept) process.emit('message', message) }, 1500)
}
`,
  'eat.mjs': `if (process.send) {
  const eaten = []
  while (eaten.length < 14) {
    eaten.push(Buffer.alloc(50e6, 1))
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  await new Promise((resolve) => setTimeout(resolve, 1500))
}
`,
}

export const hangs = 'export NODE_OPTIONS="--import $CONTROL/wait.mjs"'
export const eats = 'export NODE_OPTIONS="--import $CONTROL/eat.mjs"'
