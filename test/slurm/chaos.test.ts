import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Cluster, type Daemon, startCluster } from '../../scripts/slurm/cluster.js'
import { Random } from '../../src/core/random.js'
import { runManifest } from '../../src/runner/run.js'
import { submissionContext } from '../../src/submission/context.js'
import { schedulerExecutor } from '../../src/submission/executor.js'
import { artefactDigests, differences } from '../e2e/artefacts.js'
import { requirements, testWith } from '../requires.js'
import { slurmPlace } from './place.js'

/**
 * A whole run on a real Slurm while jobs are requeued and killed, and daemons die, at random.
 * COTERIE_SLURM_SEED repeats one.
 */

const chaosMilliseconds = 40_000

const test = testWith([requirements.slurm])

test.serial('a run whose jobs and daemons are killed at random has the bytes of a local run', async (t) => {
  t.timeout(5 * 60_000)
  const seed = Number(process.env.COTERIE_SLURM_SEED ?? 1)
  t.log(`seed ${seed}`)
  const cluster = await startCluster()
  const place = await slurmPlace(cluster, 'chaos', '', 'resubmissions: 20')
  // A test that runs out of time says nothing of its own.
  const late = setTimeout(
    async () => console.error(`chaos takes long\n${done.join(', ')}\n${await cluster.describe()}`),
    3 * 60_000,
  )
  const done: string[] = []
  try {
    // Long enough to be struck, on a fast machine too.
    for (const stage of ['ingest', 'embed', 'cluster', 'assign', 'write'])
      await place.misbehave(stage, '*', 'sleep 2')
    const random = new Random('slurm chaos', seed)
    const ended = new AbortController()
    const storm = (async () => {
      const end = performance.now() + chaosMilliseconds
      while (!ended.signal.aborted && performance.now() < end) {
        await pause(300 + random.below(1500), undefined, { signal: ended.signal }).catch(() => {})
        if (!ended.signal.aborted) done.push(await strike(cluster, random, place.folder))
      }
      for (const daemon of ['slurmctld', 'n1', 'n2'] as const)
        if (!cluster.runs(daemon)) await cluster.start(daemon)
      // Where a job could not be launched its node is drained and the job held, until an administrator has
      // looked.
      while (!ended.signal.aborted) {
        cluster.tend()
        await pause(1000, undefined, { signal: ended.signal }).catch(() => {})
      }
    })()
    const executor = async (
      prepared: Parameters<NonNullable<Parameters<typeof runManifest>[1]>['executor'] & object>[0],
    ) => schedulerExecutor(await submissionContext(prepared))
    // A controller that is down when something is to be submitted ends a run with "try again"; so that is
    // what is done.
    for (let run = 0; ; run++) {
      const outcome = await runManifest(place.manifest, {
        profile: place.profile,
        until: 'write',
        executor,
      }).catch((error: Error & { exitCode?: number }) => error)
      if (!(outcome instanceof Error)) break
      if (outcome.exitCode !== 75 || run > 20) throw outcome
      await pause(1000)
    }
    ended.abort()
    await storm
    t.log(done.filter((what) => what !== '').join(', '))
    t.true(done.filter((what) => what !== '').length >= 5, 'enough went wrong')
    await runManifest(place.manifest, { store: join(place.folder, 'local'), until: 'write' })
    t.deepEqual(
      differences(
        await artefactDigests(join(place.folder, 'local')),
        await artefactDigests(join(place.folder, 'store')),
      ),
      [],
    )
  } finally {
    clearTimeout(late)
    await cluster.stop()
    await place.remove()
  }
})

/** One thing that goes wrong, in words; nothing where there was nothing to strike. */
async function strike(cluster: Cluster, random: Random, folder: string): Promise<string> {
  const what = random.below(10)
  try {
    if (what < 4) {
      const running = cluster
        .command('squeue', '-h', '-t', 'running', '-o', '%A')
        .trim()
        .split('\n')
        .filter(Boolean)
      const job = running[random.below(Math.max(1, running.length))]
      if (job === undefined) return ''
      cluster.command('scontrol', 'requeue', job)
      return `requeued ${job}`
    }
    if (what < 8) {
      const pids = processesOf(folder)
      const pid = pids[random.below(Math.max(1, pids.length))]
      if (pid === undefined) return ''
      process.kill(pid.id, 'SIGKILL')
      return `killed ${pid.name}`
    }
    const daemon = (['slurmctld', 'n1', 'n2'] as const satisfies Daemon[])[random.below(3)] ?? 'n1'
    await cluster.kill(daemon)
    await pause(500 + random.below(2000))
    await cluster.start(daemon)
    return `lost ${daemon}`
  } catch {
    return ''
  }
}

/**
 * Job scripts, supervisors and workers of this run: those that carry its folder in arguments or environment.
 */
function processesOf(folder: string): { id: number; name: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const own =
          readFileSync(`/proc/${name}/environ`, 'utf8').includes(`CONTROL=${folder}`) ||
          readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`${folder}/wrapper.sh`)
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
        return own
          ? [
              {
                id: Number(name),
                name: words.some((word) => word.includes('worker.js'))
                  ? 'a worker'
                  : words.includes('task')
                    ? 'a supervisor'
                    : 'a script',
              },
            ]
          : []
      } catch {
        return []
      }
    })
}
