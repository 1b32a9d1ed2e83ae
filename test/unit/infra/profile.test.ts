import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readProfile } from '../../../src/manifest/profile.js'
import { EvaluatedModule } from './evaluate-module.js'
import { batch, batchGiven, gpuGiven, stages } from './modules.js'

async function profileFrom(t: ExecutionContext, given: typeof batchGiven) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-profile-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'aws-batch.yaml')
  await writeFile(path, String(new EvaluatedModule(batch, given).output('profile')))
  const { profile, diagnostics } = await readProfile(path, {})
  t.deepEqual(diagnostics, [])
  return profile!
}

test('the Terraform output is a profile with every name that Terraform created', async (t) => {
  const profile = await profileFrom(t, batchGiven)
  t.like(profile, {
    name: 'coterie',
    executor: 'aws-batch',
    jobs: { repetitions: 4 },
    machine: { cpus: 16, memory_gigabytes: 60, gpus: 0, hours: 72 },
    s3: { region: 'eu-central-1' },
  })
  t.like(profile.aws_batch, {
    region: 'eu-central-1',
    queue: 'coterie-cpu',
    gpu_queue: undefined,
    log_group: '/coterie/jobs',
    tags: { coterie: 'coterie' },
  })
  t.deepEqual(
    profile.aws_batch.job_definitions,
    Object.fromEntries(stages.map((stage) => [stage, `coterie-${stage}`])),
  )
})

test('with GPUs the profile says what an expert requests, and in which queue', async (t) => {
  const profile = await profileFrom(t, gpuGiven)
  t.like(profile.aws_batch, {
    gpu_queue: 'coterie-gpu',
    nodes_queue: 'coterie-nodes',
    nodes_job_definition: 'coterie-train-nodes',
  })
  t.like(profile.stages.train, { gpus: 8, cpus: 96, nodes: 2, memory_gigabytes: 1100 })
})

test('the shipped profile uses the default names of the modules', async (t) => {
  const { profile, diagnostics } = await readProfile('aws-batch', {})
  t.deepEqual(diagnostics, [])
  const made = await profileFrom(t, batchGiven)
  for (const member of ['queue', 'job_definitions', 'log_group', 'tags'] as const)
    t.deepEqual(profile!.aws_batch[member], made.aws_batch[member], member)
  t.deepEqual([profile!.jobs, profile!.machine], [made.jobs, made.machine])
  t.regex(
    await readFile(new URL('../../../profiles/aws-batch.yaml', import.meta.url), 'utf8'),
    /schema\/profile\.schema\.json/,
  )
})
