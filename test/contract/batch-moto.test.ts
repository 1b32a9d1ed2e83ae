import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
} from '@aws-sdk/client-batch'
import { startMoto } from '../../scripts/test-servers/start.js'
import { batchScheduler } from '../../src/schedulers/aws-batch/scheduler.js'
import type { ArrayJob } from '../../src/schedulers/scheduler.js'
import { requirements, testWith } from '../requires.js'

const test = testWith([requirements.moto])

/**
 * moto checks the shape of requests against the service's own model, and answers in its shape. It ignores
 * dependencies, exit codes and repetition, and runs nothing: what happens afterwards is what
 * `test/fakes/batch` is for.
 */
process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'

test('requests have the shape that the service takes, and its answers are understood', async (t) => {
  const moto = (await startMoto())!
  t.teardown(() => moto.stop())
  await fetch(`${moto.endpoint}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ batch: { use_docker: false } }),
  })
  const region = 'eu-central-1'
  const client = new BatchClient({ endpoint: moto.endpoint, region })
  const { computeEnvironmentArn } = await client.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: 'cpu',
      type: 'UNMANAGED',
      state: 'ENABLED',
      serviceRole: await roleOf(moto.endpoint, region),
    }),
  )
  await client.send(
    new CreateJobQueueCommand({
      jobQueueName: 'cpu',
      priority: 1,
      state: 'ENABLED',
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: computeEnvironmentArn }],
    }),
  )
  const resourceRequirements = [
    { type: 'VCPU' as const, value: '1' },
    { type: 'MEMORY' as const, value: '2048' },
  ]
  await client.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'data',
      type: 'container',
      containerProperties: { image: 'coterie-data', command: ['--version'], resourceRequirements },
    }),
  )
  const batch = await batchScheduler({
    region,
    endpoint: moto.endpoint,
    logs_endpoint: moto.endpoint,
    credentials_profile: undefined,
    queue: 'cpu',
    gpu_queue: undefined,
    nodes_queue: undefined,
    job_definition: 'data',
    job_definitions: {},
    nodes_job_definition: undefined,
    log_group: '/aws/batch/job',
    tags: { coterie: 'coterie' },
    array_size: 10_000,
    answer_seconds: 5,
    repetitions: 4,
    stage_queues: [],
  })
  const resources = { cpus: 2, memory_bytes: 2 ** 32, seconds: 600, gpus: 0, nodes: 1 }
  const job = (name: string, size: number, after: ArrayJob['after'] = []): ArrayJob => ({
    name,
    node: 'ingest',
    size,
    resources,
    after,
    command: ['task'],
    environment: { A: '1' },
  })
  const one = await batch.submit(job('run-one', 1))
  const many = await batch.submit(job('run-many', 3))
  const each = await batch.submit(
    job('run-each', 3, [
      { job: many, size: 3, kind: 'each' },
      { job: one, size: 1, kind: 'all' },
    ]),
  )
  t.deepEqual(
    await batch.find(['run-one', 'run-many', 'run-each', 'run-none']),
    new Map([
      ['run-one', one],
      ['run-many', many],
      ['run-each', each],
    ]),
  )
  const states = await batch.states([
    { id: one, name: 'run-one', size: 1 },
    { id: many, name: 'run-many', size: 3 },
    { id: each, name: 'run-each', size: 3 },
    { id: 'unknown', name: 'x', size: 1 },
  ])
  t.truthy(states.get(one)?.get(0)?.state)
  t.deepEqual([...states.get(many)!.keys()].sort(), [0, 1, 2])
  t.is(states.get('unknown')?.size ?? 0, 0)
  await t.notThrowsAsync(batch.cancel([{ id: each, name: 'run-each', size: 3 }]))
  const error = await t.throwsAsync(
    batch.submit({ ...job('x', 1), resources: { ...resources, queue: 'nowhere' } }),
  )
  t.is((error as Error & { code: string }).code, 'E_SUBMIT_REFUSED')
})

/** moto wants a service role, which the service itself would make. */
async function roleOf(endpoint: string, region: string): Promise<string> {
  const policy = encodeURIComponent('{"Version":"2012-10-17","Statement":[]}')
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization:
      `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/iam/aws4_request, SignedHeaders=host, ` +
      'Signature=0',
  }
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers,
    body: `Action=CreateRole&Version=2010-05-08&RoleName=batch&AssumeRolePolicyDocument=${policy}`,
  })
  return /<Arn>([^<]+)<\/Arn>/.exec(await answer.text())?.[1] ?? ''
}
