import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import { loadProfile } from '../../../src/manifest/profile.js'

async function profileOf(text: string, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-profile-'))
  try {
    await writeFile(join(folder, 'place.yaml'), text)
    return { folder, profile: await loadProfile(join(folder, 'place.yaml'), env) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('the shipped profile is found by its name and leaves everything at its default', async (t) => {
  const profile = await loadProfile('local', {})
  t.like(profile, { name: 'local', executor: 'local', local: {}, stages: {}, environment: {} })
  t.is(profile?.s3, undefined)
  t.is(await loadProfile(undefined), undefined)
})

test('a profile file: endpoint from the environment, scratch beside the file', async (t) => {
  const text =
    'name: minio\ns3: { endpoint: "${env.ENDPOINT}", path_style: true }\nlocal: { workers: 2, ' +
    'scratch: tmp }\nenvironment: { OMP_NUM_THREADS: "1" }\n'
  const { folder, profile } = await profileOf(text, { ENDPOINT: 'http://127.0.0.1:9000' })
  t.like(profile, {
    name: 'minio',
    executor: 'local',
    local: { workers: 2, scratch: join(folder, 'tmp') },
    s3: { endpoint: 'http://127.0.0.1:9000', path_style: true },
    environment: { OMP_NUM_THREADS: '1' },
  })
})

test('all mistakes of a profile are reported together', async (t) => {
  const text =
    'name: x\nexecutor: locla\nlocal: { wrokers: 0 }\nenvironment: { "A B": 1 }\ns3: { endpoint: ftp://x }\n'
  const error = await t.throwsAsync(profileOf(text), { instanceOf: PipelineError, code: 'E_MANIFEST' })
  t.is(error.exitCode, 3)
  for (const part of [
    'place.yaml:2:11 E_CHOICE',
    'did you mean `local`?',
    '3:10 E_UNKNOWN_OPTION',
    'did you mean `workers`?',
    '"A B" cannot be a name',
    'takes text',
    '`s3.endpoint` has the wrong form',
  ]) {
    t.true(error.excerpt?.includes(part), `${part} in\n${error.excerpt}`)
  }
})

test('an unknown profile name lists the shipped profiles', async (t) => {
  const error = await t.throwsAsync(loadProfile('locla', {}), { instanceOf: PipelineError })
  t.true(error.excerpt?.includes('did you mean `local`?'), error.excerpt)
})

test('a cluster profile has defaults for everything that does not depend on the cluster', async (t) => {
  const { profile } = await profileOf(
    'name: ours\nexecutor: slurm\nslurm: { partition: cpu }\nstages: { train: { gpus: 4, running: 2 } }\n',
  )
  t.like(profile, {
    executor: 'slurm',
    slurm: { partition: 'cpu', stop_seconds: 60 },
    jobs: { repetitions: 5, resubmissions: 3 },
    stages: { train: { gpus: 4, running: 2 } },
  })
  const error = await t.throwsAsync(
    profileOf('name: ours\nexecutor: slurm\nslurm: { partitoin: cpu }\njobs: { element_minutes: -1 }\n'),
    { instanceOf: PipelineError },
  )
  for (const part of ['did you mean `partition`?', '`jobs.element_minutes`'])
    t.true(error.excerpt?.includes(part), error.excerpt)
})

test('every shipped profile is valid', async (t) => {
  for (const name of ['local', 'slurm']) t.is((await loadProfile(name, {}))?.name, name)
})
