import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { batchScheduler } from '../../../src/schedulers/aws-batch/scheduler.js'
import type { BatchSettings } from '../../../src/schedulers/aws-batch/settings.js'
import type { ArrayJob, ElementState, SubmittedJob } from '../../../src/schedulers/scheduler.js'
import type { End, Job } from '../../fakes/batch/model.js'
import { type FakeBatch, type FakeBatchOptions, startFakeBatch } from '../../fakes/batch/server.js'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'

type Play = (job: Job, attempt: number) => End | Promise<End>
const done: End = { exitCode: 0 }
const reclaimed: End = { statusReason: 'Host EC2 (instance i-1) terminated.' }

async function place(
  t: ExecutionContext,
  play: Play = () => done,
  options: Partial<FakeBatchOptions> = {},
  more: Partial<BatchSettings> = {},
) {
  const run: FakeBatchOptions['run'] = (job, attempt) => {
    let stop: (end: End) => void = () => {}
    const stopped = new Promise<End>((resolve) => {
      stop = resolve
    })
    return { ended: Promise.race([Promise.resolve().then(() => play(job, attempt)), stopped]), stop }
  }
  const fake = await startFakeBatch({
    run,
    slots: 1000,
    queues: ['cpu', 'gpu', 'nodes'],
    definitions: { data: { type: 'container' }, trainer: { type: 'container' }, many: { type: 'multinode' } },
    ...options,
  })
  t.teardown(() => fake.stop())
  const settings: BatchSettings = {
    region: 'eu-central-1',
    endpoint: fake.endpoint,
    logs_endpoint: fake.endpoint,
    credentials_profile: undefined,
    queue: 'cpu',
    gpu_queue: 'gpu',
    nodes_queue: 'nodes',
    job_definition: 'data',
    job_definitions: { train: 'trainer' },
    nodes_job_definition: 'many',
    log_group: '/coterie/jobs',
    tags: { coterie: 'coterie' },
    array_size: 10_000,
    answer_seconds: 20,
    repetitions: 4,
    stage_queues: [],
    ...more,
  }
  // Waiting is what is tested elsewhere: here it takes no time.
  const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() }
  return { fake, batch: await batchScheduler(settings, clock), settings }
}

function job(name: string, size = 1, more: Partial<ArrayJob> = {}): ArrayJob {
  return {
    name,
    node: 'ingest',
    size,
    resources: { cpus: 2, memory_bytes: 3 * 2 ** 30, seconds: 600, gpus: 0, nodes: 1 },
    after: [],
    command: ['task', '--array', `run/${name}`],
    environment: { B: '2', A: '1' },
    ...more,
  }
}

const never: Play = () => new Promise<End>(() => {})
const submitted = (id: string, name: string, size = 1): SubmittedJob => ({ id, name, size })
const stateOf = (states: ReadonlyMap<string, ReadonlyMap<number, ElementState>>, id: string) =>
  [...(states.get(id) ?? [])]
    .sort(([a], [b]) => a - b)
    .map(([, { state, cause }]) => (cause ? `${state} ${cause}` : state))
const requestOf = (fake: FakeBatch, id: string) => fake.jobs.all.get(id)!.request

test('one element is a plain job, several are an array, both with what the service requires', async (t) => {
  const { fake, batch } = await place(t)
  const one = await batch.submit(job('one'))
  const two = await batch.submit(job('two', 2))
  t.is(requestOf(fake, one).arrayProperties, undefined)
  t.deepEqual(requestOf(fake, two).arrayProperties, { size: 2 })
  t.like(requestOf(fake, two), {
    jobQueue: 'cpu',
    jobDefinition: 'data',
    timeout: { attemptDurationSeconds: 600 },
    tags: { coterie: 'coterie' },
    retryStrategy: {
      attempts: 5,
      evaluateOnExit: [
        { action: 'RETRY', onStatusReason: 'Host EC2*' },
        { action: 'RETRY', onExitCode: '75' },
        { action: 'EXIT', onReason: '*' },
      ],
    },
    containerOverrides: {
      command: ['task', '--array', 'run/two'],
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      resourceRequirements: [
        { type: 'VCPU', value: '2' },
        { type: 'MEMORY', value: '3072' },
      ],
    },
  })
  await fake.jobs.quiet()
  const states = await batch.states([submitted(one, 'one'), submitted(two, 'two', 2)])
  t.deepEqual(stateOf(states, one), ['succeeded'])
  t.deepEqual(stateOf(states, two), ['succeeded', 'succeeded'])
})

test('stages have their own definitions and queues, and jobs with GPUs go to the GPU queue', async (t) => {
  const { fake, batch } = await place(t)
  const resources = { ...job('x').resources, gpus: 8 }
  const train = requestOf(fake, await batch.submit(job('train', 2, { node: 'train', resources })))
  t.like(train, { jobQueue: 'gpu', jobDefinition: 'trainer' })
  t.deepEqual(train.containerOverrides?.resourceRequirements?.at(-1), { type: 'GPU', value: '8' })
  t.is(
    requestOf(fake, await batch.submit(job('own', 1, { resources: { ...resources, queue: 'cpu' } })))
      .jobQueue,
    'cpu',
  )
  const { batch: bare } = await place(t, undefined, {}, { job_definition: undefined })
  await t.throwsAsync(bare.submit(job('x')), { message: /refused/ })
  await t.notThrowsAsync(bare.submit(job('x', 1, { node: 'train' })))
})

test('arrays depend on whole arrays or index by index; a failure stops only dependents', async (t) => {
  const ran: string[] = []
  const { fake, batch } = await place(t, (one) => {
    ran.push(`${one.request.jobName}:${one.index ?? 0}`)
    return one.request.jobName === 'a' && one.index === 1 ? { exitCode: 4 } : done
  })
  fake.jobs.paused = true
  const a = await batch.submit(job('a', 3))
  const b = await batch.submit(job('b', 3, { after: [{ job: a, size: 3, kind: 'each' }] }))
  const c = await batch.submit(job('c', 1, { after: [{ job: b, size: 3, kind: 'all' }] }))
  const d = await batch.submit(
    job('d', 1, { after: [{ job: await batch.submit(job('e')), size: 1, kind: 'each' }] }),
  )
  t.deepEqual(requestOf(fake, b).dependsOn, [{ jobId: a, type: 'N_TO_N' }])
  t.deepEqual(requestOf(fake, c).dependsOn, [{ jobId: b }])
  t.deepEqual(Object.keys(requestOf(fake, d).dependsOn![0]!), ['jobId'], 'plain jobs have no elements')
  t.deepEqual(stateOf(await batch.states([submitted(a, 'a', 3)]), a), ['pending', 'pending', 'pending'])
  fake.jobs.resume()
  await fake.jobs.quiet()
  const states = await batch.states([
    submitted(a, 'a', 3),
    submitted(b, 'b', 3),
    submitted(c, 'c'),
    submitted(d, 'd'),
  ])
  t.deepEqual(stateOf(states, a), ['succeeded', 'failed exit', 'succeeded'])
  t.deepEqual(stateOf(states, b), ['succeeded', 'cancelled dependency', 'succeeded'])
  t.deepEqual(stateOf(states, c), ['cancelled dependency'])
  t.deepEqual(stateOf(states, d), ['succeeded'])
  t.false(ran.includes('b:1'))
})

test('more dependencies than the service takes are refused before anything is asked', async (t) => {
  const { fake, batch } = await place(t)
  const after = Array.from({ length: 21 }, (_, index) => ({
    job: `j${index}`,
    size: 1,
    kind: 'all' as const,
  }))
  await t.throwsAsync(batch.submit(job('x', 1, { after })), { message: /refused/ })
  t.is(fake.asked.get('submitjob'), undefined)
  t.is((await batch.limits()).dependencies, 20)
})

test('a lost machine and exit 75 are retried, nothing else', async (t) => {
  const attempts = new Map<string, number>()
  const plays: { [name: string]: Play } = {
    spot: (_, attempt) => (attempt < 3 ? reclaimed : done),
    again: (_, attempt) => (attempt < 3 ? { exitCode: 75 } : done),
    always: () => reclaimed,
    bug: () => ({ exitCode: 4 }),
    killed: () => ({ exitCode: 137 }),
    memory: () => ({ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }),
  }
  const { fake, batch } = await place(t, (one, attempt) => {
    attempts.set(one.request.jobName, attempt)
    return plays[one.request.jobName]!(one, attempt)
  })
  const ids = await Promise.all(Object.keys(plays).map((name) => batch.submit(job(name))))
  await fake.jobs.quiet()
  const states = await batch.states(ids.map((id, index) => submitted(id, Object.keys(plays)[index]!)))
  t.deepEqual(Object.fromEntries(attempts), { spot: 3, again: 3, always: 5, bug: 1, killed: 1, memory: 1 })
  t.deepEqual(
    ids.map((id) => stateOf(states, id)[0]),
    ['succeeded', 'succeeded', 'lost preempted', 'failed exit', 'failed signal', 'failed out_of_memory'],
  )
  t.is(states.get(ids[3]!)!.get(0)!.exit_code, 4)
})

test('a task over its time limit is recognised', async (t) => {
  const { fake, batch } = await place(t, never, { secondMilliseconds: 0.1 })
  const id = await batch.submit(job('slow'))
  await fake.jobs.quiet()
  t.deepEqual(stateOf(await batch.states([submitted(id, 'slow')]), id), ['failed time_limit'])
  t.is(fake.jobs.all.get(id)!.attempts.length, 1)
})

test('the states of large arrays are exact and take few requests', async (t) => {
  const size = 2500
  const { fake, batch } = await place(
    t,
    ({ index = 0 }) => (index % 100 === 7 ? { exitCode: 4 } : index % 100 === 8 ? never({} as Job, 1) : done),
    { slots: 1500 },
  )
  const id = await batch.submit(job('large', size))
  await new Promise((resolve) => setImmediate(resolve))
  fake.asked.clear()
  const states = (await batch.states([submitted(id, 'large', size)])).get(id)!
  t.is(states.size, size)
  for (let index = 0; index < size; index++)
    t.is(
      states.get(index)!.state,
      index % 100 === 7 ? 'failed' : index % 100 === 8 ? 'running' : 'succeeded',
      String(index),
    )
  t.is(states.get(7)!.cause, 'exit')
  t.true((fake.asked.get('listjobs') ?? 0) <= 7, `${fake.asked.get('listjobs')} lists`)
  t.is(fake.asked.get('describejobs'), 1)
})

test('many jobs are described a hundred at a time, and forgotten ones are absent', async (t) => {
  const { fake, batch } = await place(t)
  const jobs = await Promise.all(
    Array.from({ length: 230 }, async (_, index) =>
      submitted(await batch.submit(job(`j${index}`)), `j${index}`),
    ),
  )
  await fake.jobs.quiet()
  fake.jobs.forget(fake.jobs.all.get(jobs[3]!.id)!)
  fake.asked.clear()
  const states = await batch.states(jobs)
  t.is(fake.asked.get('describejobs'), 3)
  t.is(states.get(jobs[3]!.id)?.size ?? 0, 0)
  t.is([...states.values()].filter((one) => one.get(0)?.state === 'succeeded').length, 229)
})

test('a job is found by name across queues, the oldest of several', async (t) => {
  const { batch } = await place(t)
  const first = await batch.submit(job('run-ingest-0-aa'))
  await new Promise((resolve) => setTimeout(resolve, 2))
  await batch.submit(job('run-ingest-0-aa'))
  const other = await batch.submit(
    job('run-train-0-bb', 1, { node: 'train', resources: { ...job('x').resources, gpus: 1 } }),
  )
  t.deepEqual([...(await batch.find(['run-ingest-0-aa', 'run-train-0-bb', 'run-none-0-cc']))].sort(), [
    ['run-ingest-0-aa', first],
    ['run-train-0-bb', other],
  ])
  t.is((await batch.find([])).size, 0)
})

test('throttled requests are retried, but not a submission whose answer was lost', async (t) => {
  const { fake, batch } = await place(t)
  fake.fault = (_, count) => (count <= 3 ? 'throttle' : undefined)
  const id = await batch.submit(job('a'))
  await batch.states([submitted(id, 'a')])
  t.is(fake.asked.get('submitjob'), 4)
  t.is(fake.asked.get('describejobs'), 4)
  t.is(fake.struck.length, 6)
  fake.fault = (action) => (action === 'submitjob' ? 'lose' : undefined)
  const error = await t.throwsAsync(batch.submit(job('b')))
  t.is((error as Error & { code: string }).code, 'E_SUBMIT_UNCERTAIN')
  t.is(fake.asked.get('submitjob'), 5, 'asked once')
  t.is((await batch.find(['b'])).size, 1, 'and there all the same')
  fake.fault = (action, count) => (action === 'describejobs' && count % 2 === 1 ? 'break' : undefined)
  t.is((await batch.states([submitted(id, 'a')])).size, 1)
})

test('a refusal is distinguished from a missing answer', async (t) => {
  const { fake, batch, settings } = await place(t)
  const refused = (await t.throwsAsync(
    batch.submit(job('x', 1, { resources: { ...job('x').resources, queue: 'nowhere' } })),
  )) as Error & { code: string; found: string }
  t.is(refused.code, 'E_SUBMIT_REFUSED')
  t.regex(refused.found, /nowhere does not exist/)
  const endpoint = fake.endpoint
  await fake.stop()
  let now = 0
  const clock = { now: () => now, monotonic: () => now, sleep: async (ms: number) => void (now += ms) }
  const gone = await batchScheduler({ ...settings, endpoint }, clock)
  t.is(
    ((await t.throwsAsync(gone.states([submitted('a', 'a')]))) as Error & { code: string }).code,
    'E_SCHEDULER_UNREACHABLE',
  )
  t.true(now > 7_000)
  t.is(
    ((await t.throwsAsync(gone.submit(job('x')))) as Error & { code: string }).code,
    'E_SCHEDULER_UNREACHABLE',
    'nothing was sent, so nothing is uncertain',
  )
})

test('cancelled jobs never start, or stop, and are recognised as cancelled', async (t) => {
  const { fake, batch } = await place(t, never, { slots: 1 })
  const array = await batch.submit(job('array', 3))
  const over = await batch.submit(job('over'))
  await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual(stateOf(await batch.states([submitted(array, 'array', 3)]), array), [
    'running',
    'pending',
    'pending',
  ])
  await batch.cancel([submitted(array, 'array', 3), submitted(over, 'over'), submitted('unknown', 'unknown')])
  await fake.jobs.quiet()
  const states = await batch.states([submitted(array, 'array', 3), submitted(over, 'over')])
  t.deepEqual(stateOf(states, array), ['cancelled cancelled', 'cancelled cancelled', 'cancelled cancelled'])
  t.deepEqual(stateOf(states, over), ['cancelled cancelled'])
  await t.notThrowsAsync(batch.cancel([submitted(array, 'array', 3)]))
})

test('a task that spans machines has one job per element, never submitted twice', async (t) => {
  const { fake, batch } = await place(t)
  const resources = { ...job('x').resources, gpus: 8, nodes: 2 }
  fake.fault = (action, count) => (action === 'submitjob' && count === 2 ? 'lose' : undefined)
  const large = job('large', 3, { node: 'train', resources })
  await t.throwsAsync(batch.submit(large), { message: /did not confirm/ })
  const id = await batch.submit(large)
  const jobs = [...fake.jobs.all.values()]
  t.deepEqual(
    jobs.map(({ request }) => request.jobName),
    ['large-n0', 'large-n1', 'large-n2'],
  )
  t.like(jobs[1]!.request, { jobQueue: 'nodes', jobDefinition: 'many', nodeOverrides: { numNodes: 2 } })
  t.deepEqual(
    jobs[1]!.request.nodeOverrides!.nodePropertyOverrides![0]!.containerOverrides!.command!.slice(-2),
    ['--index', '1'],
  )
  await fake.jobs.quiet()
  t.deepEqual(stateOf(await batch.states([submitted(id, 'large', 3)]), id), [
    'succeeded',
    'succeeded',
    'succeeded',
  ])
  const next = await batch.submit(job('next', 1, { after: [{ job: id, size: 3, kind: 'all' }] }))
  t.is(requestOf(fake, next).dependsOn!.length, 3)
})

test('logs hold all attempts of an element or their end, and are empty before the first line', async (t) => {
  const logs = new Map<string, { timestamp: number; message: string }[]>()
  const { fake, batch } = await place(
    t,
    (one, attempt) => {
      if (one.index !== 2)
        logs.set(
          one.logStreamName!,
          Array.from({ length: 3 }, (_, line) => ({
            timestamp: line,
            message: `${one.index}.${attempt}.${line}`,
          })),
        )
      return one.index === 1 && attempt === 1 ? { exitCode: 75 } : done
    },
    { logs },
  )
  const id = await batch.submit(job('array', 3))
  await fake.jobs.quiet()
  const array = submitted(id, 'array', 3)
  t.is(await batch.logs(array, 0), '0.1.0\n0.1.1\n0.1.2\n')
  t.regex(
    (await batch.logs(array, 1))!,
    /^--- task.*\n1\.1\.0\n1\.1\.1\n1\.1\.2\n--- task.*\n1\.2\.0\n1\.2\.1\n1\.2\.2\n$/,
  )
  t.is(await batch.logs(array, 0, 1), '0.1.2\n')
  t.is(await batch.logs(array, 2), undefined)
})

test('waiting jobs say why, in an array also if only the array has a reason', async (t) => {
  const { fake, batch } = await place(t)
  fake.jobs.paused = true
  const reason = 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE'
  const single = await batch.submit(job('single'))
  const array = await batch.submit(job('array', 3))
  const quiet = await batch.submit(job('quiet', 2))
  for (const id of [single, array]) fake.jobs.all.get(id)!.statusReason = reason
  const states = await batch.states([
    submitted(single, 'single'),
    submitted(array, 'array', 3),
    submitted(quiet, 'quiet', 2),
  ])
  const waits = (id: string) => [...(states.get(id)?.values() ?? [])].map((state) => state.waits)
  t.deepEqual([single, array, quiet].map(waits), [[reason], [reason, reason, reason], [undefined, undefined]])
})

test('expired credentials are a temporary error, and are read again from their file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-credentials-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const used: string[] = []
  const server = createServer((request, response) => {
    const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    used.push(key)
    request.resume()
    response.setHeader('content-type', 'application/json')
    if (key === 'OLD')
      response.writeHead(403, { 'x-amzn-errortype': 'ExpiredTokenException' }).end('{"message":"expired"}')
    else response.end('{"jobs":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const put = (key: string) =>
    writeFile(
      join(folder, 'credentials'),
      `[jobs]\naws_access_key_id = ${key}\naws_secret_access_key = s\naws_session_token = t\n`,
    )
  await put('OLD')
  const { port } = server.address() as AddressInfo
  const { settings } = await place(t)
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'credentials')
  t.teardown(() => delete process.env.AWS_SHARED_CREDENTIALS_FILE)
  const batch = await batchScheduler({
    ...settings,
    endpoint: `http://127.0.0.1:${port}`,
    credentials_profile: 'jobs',
  })
  const error = await t.throwsAsync(batch.states([submitted('a', 'a')]), { code: 'E_CREDENTIALS_EXPIRED' })
  t.is((error as { exitCode?: number }).exitCode, 75)
  await t.throwsAsync(batch.submit(job('b')), { code: 'E_CREDENTIALS_EXPIRED' })
  await put('NEW')
  t.is((await batch.states([submitted('a', 'a')])).get('a')?.size, 0)
  t.deepEqual(used.slice(-2), ['OLD', 'NEW'])
})
