import type { IncomingMessage } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { RunEvent } from '../../src/local-executor/executor.js'
import { prepare } from '../../src/runner/prepare.js'
import { runManifest } from '../../src/runner/run.js'
import { submissionContext } from '../../src/submission/context.js'
import { schedulerExecutor } from '../../src/submission/executor.js'
import { logsOf } from '../../src/submission/logs.js'
import { submitMissing } from '../../src/submission/submit.js'
import type { Job } from '../fakes/batch/model.js'
import { childProcesses } from '../fakes/batch/processes.js'
import { startFakeBatch } from '../fakes/batch/server.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { type FakeS3, startFakeS3 } from '../fakes/s3-server.js'
import { EvaluatedModule } from '../unit/infra/evaluate-module.js'
import { isAllowed, type Policy, type Request } from '../unit/infra/iam.js'
import { identity, stages } from '../unit/infra/modules.js'

process.env.AWS_ACCESS_KEY_ID = 'submitter'
process.env.AWS_SECRET_ACCESS_KEY = 'secret'

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const tsx = fileURLToPath(import.meta.resolve('tsx'))

// The whole manifest takes minutes of a processor: in short as far as the vectors, which is an array and one
// that follows it.
const long = process.env.COTERIE_LONG !== undefined
const until = long ? undefined : 'embed'
const shards = long ? 3 : 2

/** Files and records of a store, without what tells about an attempt alone. */
function results(s3: FakeS3, prefix: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, { bytes }] of s3.objects) {
    if (!key.startsWith(`${prefix}/`) || !/\/(data|records)\//.test(key)) continue
    const record =
      key.endsWith('.json') && key.includes('/records/') ? JSON.parse(bytes.toString()) : undefined
    found.set(
      key.slice(prefix.length + 1),
      record
        ? JSON.stringify({ files: record.files, accounting: record.accounting })
        : bytes.toString('base64'),
    )
  }
  return found
}

test('lost machines and answers on AWS Batch change no byte and need no further permission', async (t) => {
  t.timeout(900_000)
  const folder = await mkdtemp(join(tmpdir(), 'coterie-batch-'))
  const s3 = await startFakeS3()
  t.teardown(async () => {
    await s3.stop()
    await rm(folder, { recursive: true, force: true })
  })
  for (let shard = 0; shard < shards; shard++) {
    const members: [string, Uint8Array | string][] = []
    for (let row = 0; row < 4; row++)
      members.push(
        [`${shard}${row}.png`, await picture(shard * 10 + row)],
        [`${shard}${row}.txt`, `a picture of thing number ${row} in shard ${shard}`],
      )
    const bytes = Buffer.from(await tarOf(members))
    s3.objects.set(`crawl/${shard}.tar`, { bytes, etag: `"shard-${shard}"`, modified: new Date(0) })
  }
  const manifest = join(folder, 'batch.yaml')
  await writeFile(
    manifest,
    'name: batch\npipeline: mode\ninput: { uri: "s3://team/crawl/*.tar" }\nstore: s3://team/coterie\n' +
      'stages:\n  cluster: { fine: 2, experts: 2 }\n',
  )

  const struck = new Set<string>()
  const commands = childProcesses({
    program: [process.execPath, '--import', tsx, cli],
    environment: (job) => ({
      AWS_ACCESS_KEY_ID: job.request.jobDefinition.replace('-nodes', ''),
      TMPDIR: folder,
    }),
    // The first attempt of every second element loses its machine, at some moment of its life.
    reclaim: (job: Job, attempt) => {
      const name = `${job.request.jobName}:${job.index ?? 0}`
      if (attempt > 1 || (job.index ?? job.request.jobName.length) % 2 === 0) return undefined
      struck.add(name)
      return 300 + 400 * struck.size
    },
  })
  const batch = await startFakeBatch({
    run: commands.run,
    logs: commands.logs,
    slots: 2,
    queues: ['cpu', 'nodes'],
    definitions: {
      ...Object.fromEntries(stages.map((stage) => [stage, { type: 'container' as const }])),
      'cluster-nodes': { type: 'multinode' },
    },
  })
  t.teardown(() => batch.stop())
  batch.fault = (action, count) => {
    if (action === 'submitjob') return count === 2 ? 'lose' : count === 1 ? 'throttle' : undefined
    return action === 'describejobs' && count % 3 === 0 ? 'throttle' : count % 7 === 0 ? 'break' : undefined
  }
  const profile = join(folder, 'place.yaml')
  await writeFile(
    profile,
    `name: place
executor: aws-batch
aws_batch: { region: eu-central-1, endpoint: "${batch.endpoint}",
  logs_endpoint: "${batch.endpoint}", queue: cpu,
  nodes_queue: nodes, nodes_job_definition: cluster-nodes,
  job_definitions: { ${stages.map((stage) => `${stage}: ${stage}`).join(', ')} } }
s3: { endpoint: "${s3.endpoint}", region: eu-central-1 }
jobs: { element_minutes: 0, poll_seconds: 0.5, grace_seconds: 5, input_wait_seconds: 2, repetitions: 3 }
machine: { cpus: 2 }
stages: { cluster: { nodes: 2 } }
`,
  )
  const used = requestsOf(s3)
  const events: RunEvent[] = []
  const executor = async (prepared: Awaited<ReturnType<typeof prepare>>) =>
    schedulerExecutor(await submissionContext(prepared))
  const result = await runManifest(manifest, {
    profile,
    until,
    executor,
    listen: (event) => events.push(event),
  })
  const requests = used()
  t.true(commands.reclaimed.length > 0, 'machines were taken away')
  for (const fault of ['lose', 'throttle', 'break'] as const) t.true(batch.struck.includes(fault), fault)
  const tasks = result.stages.reduce((sum, stage) => sum + stage.tasks, 0)
  t.is(events.filter(({ type }) => type === 'finished').length, tasks)
  const names = [...batch.jobs.all.values()].filter((job) => !job.parent).map((job) => job.request.jobName)
  t.is(new Set(names).size, names.length, 'nothing was submitted twice')
  const prepared = await prepare(manifest, { profile, until })
  t.like(await submitMissing(await submissionContext(prepared)), { submitted: 0, done: tasks })
  const [task] = prepared.plan.stages.at(-1)!.tasks
  t.regex(await logsOf(await submissionContext(prepared), `${task!.node}/${task!.key}`, undefined), /: done/)
  t.is(
    [...batch.jobs.all.values()].some(({ request }) => request.nodeOverrides?.numNodes === 2),
    long,
    'one stage on two machines',
  )

  await runManifest(manifest, {
    profile: await localProfile(folder, s3.endpoint),
    until,
    store: 's3://team/local',
    workers: 2,
  })
  const [there, here] = [results(s3, 'coterie'), results(s3, 'local')]
  t.true(here.size >= 2 * tasks)
  t.deepEqual([...there.keys()].sort(), [...here.keys()].sort())
  for (const [key, bytes] of here) t.true(there.get(key) === bytes, key)

  const roles = new EvaluatedModule(identity, { bucket_arn: 'arn:aws:s3:::team', inputs: ['team/crawl/'] })
  const policies = new Map<string, Policy>([
    ['submitter', roles.local('submitter_policy') as unknown as Policy],
    ...Object.entries(roles.local('stage_policies') as unknown as { [stage: string]: Policy }),
  ])
  const refused = new Set(
    requests.flatMap(({ role, request }) =>
      isAllowed(request, policies.get(role)!)
        ? []
        : [`${role}: ${request.action} ${request.resource} ${JSON.stringify(request.context)}`],
    ),
  )
  t.deepEqual([...refused], [])
  t.deepEqual(
    [...new Set(requests.map(({ role }) => role))].sort(),
    ['submitter', ...result.stages.map(({ stage }) => stage)].sort(),
  )
})

async function localProfile(folder: string, endpoint: string): Promise<string> {
  const path = join(folder, 'local.yaml')
  await writeFile(
    path,
    `name: here\nexecutor: local\ns3: { endpoint: "${endpoint}", region: eu-central-1 }\n`,
  )
  return path
}

/**
 * What S3 was asked for, by the access key that signed it, in the words of IAM. Stops when it is asked for.
 */
function requestsOf(s3: FakeS3): () => { role: string; request: Request }[] {
  const requests: { role: string; request: Request }[] = []
  s3.seen = (request) => {
    const role = /Credential=([^/]+)\//.exec(String(request.headers.authorization))?.[1]
    if (role !== undefined) requests.push({ role, request: asIam(request) })
  }
  return () => {
    delete s3.seen
    return requests
  }
}

function asIam({ method, url, headers }: IncomingMessage): Request {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://s3')
  const key = pathname.split('/').slice(2).map(decodeURIComponent).join('/')
  const resource = key === '' ? 'arn:aws:s3:::team' : `arn:aws:s3:::team/${key}`
  if (key === '')
    return {
      action: searchParams.has('uploads') ? 's3:ListBucketMultipartUploads' : 's3:ListBucket',
      resource,
      context: searchParams.has('prefix') ? { 's3:prefix': String(searchParams.get('prefix')) } : {},
    }
  if (method === 'GET' || method === 'HEAD') return { action: 's3:GetObject', resource }
  if (method === 'DELETE')
    return { action: searchParams.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject', resource }
  const creates = !(searchParams.has('partNumber') || searchParams.has('uploads'))
  const none = headers['if-none-match']
  return {
    action: 's3:PutObject',
    resource,
    context: {
      's3:ObjectCreationOperation': String(creates),
      ...(none === undefined ? {} : { 's3:if-none-match': String(none) }),
    },
  }
}
