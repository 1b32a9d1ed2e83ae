import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import anyTest from 'ava'
import { type Cluster, startCluster, until } from '../../scripts/slurm/cluster.js'
import type { PipelineError } from '../../src/core/error.js'
import { prepare } from '../../src/runner/prepare.js'
import { runManifest } from '../../src/runner/run.js'
import { cancelManifest } from '../../src/submission/cancel-manifest.js'
import { runBy } from '../../src/runner/owner.js'
import { schedulerExecutor } from '../../src/submission/executor.js'
import { logsOf } from '../../src/submission/logs.js'
import { retryRun } from '../../src/submission/retry.js'
import { submissionContext } from '../../src/submission/context.js'
import { type SubmittedStatus, submittedStatus } from '../../src/submission/status.js'
import { submitMissing } from '../../src/submission/submit.js'
import { artefactDigests, differences } from '../e2e/artefacts.js'
import { requirements, testWith } from '../requires.js'
import { eats, hangs, runCommand, slurmPlace, type SlurmPlace } from './place.js'

/**
 * A real Slurm of one machine that plays two nodes. `node --import=tsx scripts/slurm-test.ts` installs it and
 * sets COTERIE_SLURM; everywhere else these tests are skipped.
 */
const test = testWith([requirements.slurm])

let cluster: Cluster
if (test.available) {
  anyTest.before(async () => {
    cluster = await startCluster()
  })
  anyTest.after.always(() => cluster?.stop())
}

const minute = 60_000

async function withPlace(
  name: string,
  work: (place: SlurmPlace) => Promise<void>,
  profileLines?: string,
): Promise<void> {
  // The test before may have left a node drained: one where a job could not be launched.
  await cluster.resume()
  const place = await slurmPlace(cluster, name, profileLines)
  try {
    await work(place)
  } catch (error) {
    console.error(`${name}: ${(error as Error).stack}\n${await cluster.describe()}`)
    throw error
  } finally {
    await cancelManifest(place.manifest, place).catch(() => {})
    await place.remove()
  }
}

const states = async (place: SlurmPlace, stage: string, upTo?: string) =>
  (await place.verdicts(stage, upTo)).map(({ state }) => state)

/** Waits for these states of a stage's tasks, in plan order. */
async function reach(
  place: SlurmPlace,
  stage: string,
  expected: readonly string[],
  upTo?: string,
  milliseconds = minute,
): Promise<void> {
  let found: readonly string[] = []
  await until(
    async () => (found = await states(place, stage, upTo)).join() === expected.join(),
    milliseconds,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${stage} is ${found.join(', ')}, not ${expected.join(', ')}`)
  })
}

const all = (state: string) => [state, state, state]

test.serial(
  'a whole graph has the bytes of a local run, and a second submission submits nothing',
  async (t) => {
    t.timeout(2 * minute)
    await withPlace('whole', async (place) => {
      const context = await place.context({ until: 'write' })
      const outcomes = await Promise.all([
        submitMissing(context),
        submitMissing(await place.context({ until: 'write' })),
        submitMissing(await place.context({ until: 'write' })),
      ])
      t.is(
        outcomes.filter(({ submission }) => submission !== undefined).length,
        1,
        'of three at once one submits',
      )
      t.is((await submitMissing(await place.context({ until: 'write' }))).submission, undefined)
      const queue = cluster.command('squeue', '-h', '-t', 'all', '-o', '%F %j').trim().split('\n')
      t.is(
        new Set(queue.filter((line) => line.includes('whole-')).map((line) => line.split(' ')[0])).size,
        6,
        'six arrays, each once',
      )
      const followed = await runManifest(place.manifest, {
        profile: place.profile,
        until: 'write',
        executor: async (prepared) => schedulerExecutor(await submissionContext(prepared)),
      })
      t.is(followed.stages.length, 5)
      await runManifest(place.manifest, { store: join(place.folder, 'local'), until: 'write' })
      t.deepEqual(
        differences(
          await artefactDigests(join(place.folder, 'local')),
          await artefactDigests(join(place.folder, 'store')),
        ),
        [],
      )
      t.regex(
        await logsOf(context, context.plan.stages[0]?.tasks[0]?.fingerprint.slice(0, 12) ?? '', undefined),
        /ingest\/split-[0-9a-f]+: done, 4 rows in/,
      )
    })
  },
)

test.serial(
  'a fit in parts as a chain of arrays, with one element repeated, has the bytes of the fit on one machine',
  async (t) => {
    t.timeout(3 * minute)
    await withPlace('parts', async (place) => {
      const fit = (more: string) =>
        'name: parts\npipeline: mode\ninput: { uri: crawl/*.tar }\nstore: store\nstages:\n  cluster: ' +
        `{ fine: 2, experts: 2, epochs: 0, passes: 2, max_cluster_ratio: null${more} }\n`
      await writeFile(place.manifest, fit(''))
      await runManifest(place.manifest, { store: join(place.folder, 'local'), until: 'assign' })
      await writeFile(place.manifest, fit(', fit_parts: 2'))
      await place.misbehave('cluster', 1, 'if [ "$COTERIE_ATTEMPT" = 0 ]; then exit 75; fi')
      const followed = await runManifest(place.manifest, {
        profile: place.profile,
        until: 'assign',
        executor: async (prepared) => schedulerExecutor(await submissionContext(prepared)),
      })
      t.true(
        (followed.stages.find(({ stage }) => stage === 'cluster')?.executed ?? 0) > 8,
        'survey, heads, start, passes, steps, labels and the whole',
      )
      const assigned = async (store: string) =>
        Object.fromEntries(
          Object.entries(await artefactDigests(join(place.folder, store))).filter(([path]) =>
            path.startsWith('assign/'),
          ),
        )
      t.deepEqual(differences(await assigned('local'), await assigned('store')), [])
    })
  },
)

test.serial(
  'when part of an array fails, others go on, its dependents never run, and retry finishes',
  async (t) => {
    t.timeout(2 * minute)
    await withPlace('partly', async (place) => {
      const context = await place.context({ until: 'cluster' })
      const tasks = context.plan.stages[0]?.tasks ?? []
      const broken = tasks[1]?.splits[0]?.shard.uri ?? ''
      await place.misbehave(
        'ingest',
        1,
        `mv ${broken} ${broken}.away; "$@"; code=$?; mv ${broken}.away ${broken}; exit $code`,
      )
      await submitMissing(context)
      await reach(place, 'ingest', ['succeeded', 'failed', 'succeeded'], 'cluster')
      await reach(place, 'embed', ['succeeded', 'blocked', 'succeeded'], 'cluster')
      await reach(place, 'cluster', ['blocked'], 'cluster')
      const status = (await submittedStatus(
        await prepare(place.manifest, { profile: place.profile, until: 'cluster' }),
        await runBy(place.manifest),
      )) as SubmittedStatus
      t.is(
        status.failures.find(({ task }) => task.startsWith('ingest/'))?.code,
        'E_NOT_FOUND',
        JSON.stringify(status.failures),
      )
      t.is(status.failed, 3)
      await place.behave()
      t.is((await retryRun(await place.context({ until: 'cluster' }), { failed: true })).submitted, 3)
      await reach(place, 'cluster', ['succeeded'], 'cluster')
    })
  },
)

test.serial('a job repeats itself after exit 75, a limited number of times', async (t) => {
  t.timeout(2 * minute)
  await withPlace('again', async (place) => {
    await place.misbehave('ingest', 0, 'if [ "$COTERIE_ATTEMPT" = 0 ]; then echo first attempt; exit 75; fi')
    await place.misbehave('ingest', 1, 'echo "attempt $COTERIE_ATTEMPT"; exit 75')
    await submitMissing(await place.context({ until: 'ingest' }))
    await reach(place, 'ingest', ['succeeded', 'failed', 'succeeded'])
    t.regex(await place.logs('ingest', 0), /first attempt[\s\S]*done/)
    t.deepEqual((await place.logs('ingest', 1)).match(/attempt \d/g), ['attempt 0', 'attempt 1', 'attempt 2'])
  })
})

test.serial('cancelled jobs end and are not requeued, and submitting again resumes the run', async (t) => {
  t.timeout(2 * minute)
  await withPlace('cancelled', async (place) => {
    await place.misbehave('ingest', '*', hangs)
    await submitMissing(await place.context({ until: 'embed' }))
    await reach(place, 'ingest', all('running'), 'embed')
    await until(async () => (await place.logs('ingest', 2)).includes('starts'), minute)
    t.is((await cancelManifest(place.manifest, place)).jobs, 2)
    await reach(place, 'ingest', all('cancelled'), 'embed')
    await reach(place, 'embed', all('cancelled'), 'embed')
    t.is(
      (await retryRun(await place.context({ until: 'embed' }), { failed: true })).submitted,
      0,
      '--failed leaves what a person cancelled',
    )
    await place.behave()
    t.is((await submitMissing(await place.context({ until: 'embed' }))).submitted, 6)
    await reach(place, 'embed', all('succeeded'), 'embed')
  })
})

test.serial('a preempted job stops, waits, and runs again', async (t) => {
  t.timeout(2 * minute)
  await withPlace('preempted', async (place) => {
    await place.misbehave('ingest', '*', `if [ "$COTERIE_ATTEMPT" = 0 ]; then ${hangs}; fi`)
    await submitMissing(await place.context({ until: 'ingest' }))
    await until(async () => (await place.logs('ingest', 0)).includes('starts'), minute)
    const urgent = cluster
      .command(
        'sbatch',
        '--parsable',
        '-p',
        'high',
        '-N',
        '2',
        '--exclusive',
        '-o',
        '/dev/null',
        '--wrap',
        'sleep 2',
      )
      .trim()
    await until(() => cluster.command('squeue', '-h', '-j', urgent, '-o', '%T').includes('RUNNING'), minute)
    await reach(place, 'ingest', all('succeeded'))
    t.true((await place.logs('ingest', 0)).split('starts').length > 2, 'it began twice')
  })
})

test.serial('a job that runs out of memory is recognised and gets twice as much', async (t) => {
  t.timeout(2 * minute)
  await withPlace('hungry', async (place) => {
    await place.misbehave('ingest', 0, eats)
    const first = await submitMissing(await place.context({ until: 'ingest' }))
    await until(async () => (await states(place, 'ingest'))[0] === 'failed', minute)
    t.is((await place.verdicts('ingest'))[0]?.cause, 'out_of_memory')
    const second = await retryRun(await place.context({ until: 'ingest' }), { failed: true })
    const memory = [first, second].map(({ submission }) => submission?.arrays[0]?.resources.memory_bytes ?? 0)
    t.true((memory[1] ?? 0) >= 1.9 * (memory[0] ?? 0), memory.join(' '))
    await reach(place, 'ingest', all('succeeded'))
  })
})

test.serial('a job that reaches its time limit is warned, recognised, and gets twice as long', async (t) => {
  t.timeout(3 * minute)
  const profile = 'stages: { ingest: { hours: 0.016 } }\n'
  await withPlace(
    'slow',
    async (place) => {
      await place.misbehave('ingest', 1, hangs)
      const first = await submitMissing(await place.context({ until: 'ingest' }))
      t.is(first.submission?.arrays[0]?.resources.seconds, 60)
      await until(async () => (await states(place, 'ingest'))[1] === 'failed', 2 * minute)
      t.is((await place.verdicts('ingest'))[1]?.cause, 'time_limit')
      t.regex(await place.logs('ingest', 1), /E_OUT_OF_TIME/)
      await place.behave()
      const second = await retryRun(await place.context({ until: 'ingest' }), { failed: true })
      t.is(second.submission?.arrays[0]?.resources.seconds, 120)
      await reach(place, 'ingest', all('succeeded'))
    },
    profile,
  )
})

test.serial('a submission whose answer was lost is found by its name', async (t) => {
  t.timeout(minute)
  await withPlace('unheard', async (place) => {
    let lost = 0
    const context = await place.context({
      until: 'ingest',
      run: async (program, args, options) => {
        const answer = await runCommand(program, args, options)
        if (program !== 'sbatch' || lost > 0) return answer
        lost += 1
        return {
          code: 1,
          output: '',
          error: 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation',
          killed: false,
        }
      },
    })
    t.is((await submitMissing(context)).submitted, 3)
    t.is(lost, 1)
    t.is(
      cluster
        .command('squeue', '-h', '-t', 'all', '-r', '-o', '%j')
        .split('\n')
        .filter((name) => name.startsWith('unheard-')).length,
      3,
    )
    await reach(place, 'ingest', all('succeeded'))
  })
})

test.serial('a job whose dependency was forgotten runs, and names the missing input', async (t) => {
  t.timeout(minute)
  await withPlace('orphan', async (place) => {
    // Slurm takes a dependency on a job that it does not know (any more) for satisfied.
    const context = await place.context({
      until: 'embed',
      run: (program, args, options) =>
        runCommand(program, args, {
          input: options?.input?.replace(/--dependency=\S+/, '--dependency=afterok:999999'),
        }),
    })
    await place.misbehave('ingest', '*', 'exit 4')
    await submitMissing(context)
    await reach(place, 'embed', all('blocked'), 'embed')
    t.regex(await place.logs('embed', 0), /E_INPUTS_MISSING/)
  })
})

test.serial(
  'a controller that is down is reported as down; one that forgot a job is asked again',
  async (t) => {
    t.timeout(3 * minute)
    await withPlace('forgotten', async (place) => {
      const context = await place.context({ until: 'ingest' })
      await place.misbehave('ingest', '*', 'sleep 1')
      await submitMissing(context)
      // State is saved every few seconds: what was accepted last is gone.
      await cluster.kill('slurmctld')
      const error = await t.throwsAsync<PipelineError>(
        submitMissing({ ...context, scheduler: (await place.context({ until: 'ingest' })).scheduler }),
      )
      t.is(error.code, 'E_SCHEDULER_UNREACHABLE')
      t.is(error.exitCode, 75)
      await cluster.start('slurmctld')
      await until(() => {
        try {
          return cluster.command('squeue', '-h') !== undefined
        } catch {
          return false
        }
      }, minute)
      const followed = await runManifest(place.manifest, {
        profile: place.profile,
        until: 'ingest',
        executor: async (prepared) => schedulerExecutor(await submissionContext(prepared)),
      })
      t.is(followed.stages[0]?.rows_out, 12)
    })
  },
)

test.serial(
  "when a lost node's process lives on, the next attempt finishes and the old one changes nothing",
  async (t) => {
    t.timeout(3 * minute)
    await withPlace('ghost', async (place) => {
      await place.misbehave('ingest', 0, `if [ "$COTERIE_ATTEMPT" = 0 ]; then ${hangs}; fi`)
      await submitMissing(await place.context({ until: 'ingest' }))
      await until(async () => (await place.logs('ingest', 0)).includes('starts'), minute)
      await reach(place, 'ingest', ['running', 'succeeded', 'succeeded'])
      // A controller that was killed may still take jobs of the test before for running ones.
      const running = cluster.command('squeue', '-h', '-t', 'running', '-o', '%j %N').trim().split('\n')
      const node = running.find((line) => line.startsWith('ghost-'))?.split(' ')[1] as 'n1' | 'n2'
      await cluster.kill(node)
      await reach(place, 'ingest', all('succeeded'), undefined, 2 * minute)
      // The first attempt goes on now, on a node that the controller has given up.
      await writeFile(join(place.folder, 'control', 'go'), '')
      await until(async () => (await place.logs('ingest', 0)).split('done, 4 rows in').length > 2, minute)
      await cluster.start(node)
      await reach(place, 'ingest', all('succeeded'))
      await runManifest(place.manifest, { store: join(place.folder, 'local'), until: 'ingest' })
      t.deepEqual(
        differences(
          await artefactDigests(join(place.folder, 'local')),
          await artefactDigests(join(place.folder, 'store')),
        ),
        [],
      )
    })
  },
)
