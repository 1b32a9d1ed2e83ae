import { startCluster, until } from '../../scripts/slurm/cluster.js'
import { submitMissing } from '../../src/submission/submit.js'
import { requirements, testWith } from '../requires.js'
import { slurmPlace } from './place.js'

/** The same on a cluster that keeps accounts: what the queue has forgotten, sacct still knows. */

const test = testWith([requirements.slurmAccounting])

test.serial('a job that the queue has forgotten is found in the accounting', async (t) => {
  t.timeout(4 * 60_000)
  const cluster = await startCluster({ forget_seconds: 2, accounting: true })
  const place = await slurmPlace(cluster, 'accounts')
  try {
    // Ends before Coterie begins, so that nothing but Slurm knows of it.
    await place.misbehave('ingest', 1, 'exit 4')
    await submitMissing(await place.context({ until: 'ingest' }))
    const states = async () =>
      (await place.verdicts('ingest')).map(({ state, cause }) => (cause ? `${state} ${cause}` : state)).join()
    const expected = 'succeeded,failed exit,succeeded'
    await until(async () => (await states()) === expected, 60_000, expected)
    await until(
      () => cluster.command('squeue', '-h', '-t', 'all', '-o', '%j').trim() === '',
      120_000,
      'the queue to forget',
    )
    t.regex(cluster.command('sacct', '-X', '-n', '-P', '-o', 'JobID,State,ExitCode'), /_1\|FAILED\|4:0/)
    t.is(await states(), expected)
  } finally {
    await cluster.stop()
    await place.remove()
  }
})
