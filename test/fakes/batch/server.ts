import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf } from '../s3-server.js'
import { Jobs, type RunJob } from './jobs.js'
import { type Definition, isOver, type Job, type Status, type SubmitRequest } from './model.js'
import { refusalOf } from './validate.js'

export interface FakeBatchOptions {
  readonly run: RunJob
  readonly slots?: number
  readonly queues?: readonly string[]
  readonly definitions?: { readonly [name: string]: Definition }
  readonly secondMilliseconds?: number
  /** What CloudWatch would have, by log stream. */
  readonly logs?: ReadonlyMap<string, readonly { readonly timestamp: number; readonly message: string }[]>
}

/**
 * What happens to the next request of an action: `throttle` refuses it, `lose` does it and drops the answer,
 * `break` fails without doing it.
 */
export type Fault = 'throttle' | 'lose' | 'break'

export interface FakeBatch {
  readonly endpoint: string
  readonly jobs: Jobs
  /** `action` → how often it was asked for. */
  readonly asked: Map<string, number>
  /** Asked before each request. */
  fault: (action: string, count: number) => Fault | undefined
  readonly struck: Fault[]
  stop(): Promise<void>
}

type Body = { readonly [name: string]: any }
class Refused extends Error {}

/**
 * AWS Batch, as much of it as schedules jobs, spoken to by the real SDK. Logs are answered as CloudWatch
 * would.
 */
export async function startFakeBatch({
  run,
  slots = 4,
  queues = ['cpu'],
  definitions = {},
  secondMilliseconds = 1000,
  logs,
}: FakeBatchOptions): Promise<FakeBatch> {
  const jobs = new Jobs({ run, slots, secondMilliseconds, definitions: new Map(Object.entries(definitions)) })
  const known = { queues: new Set(queues), definitions: jobs.definitions, jobs: jobs.all }
  const asked = new Map<string, number>()
  const fake = { jobs, asked, struck: [] as Fault[], fault: (() => undefined) as FakeBatch['fault'] }
  const actions: { [action: string]: (body: Body, bytes: number) => unknown } = {
    submitjob: (body, bytes) => {
      const refusal = refusalOf(body as SubmitRequest, bytes, known)
      if (refusal) throw new Refused(refusal)
      const job = jobs.submit(body as SubmitRequest)
      return { jobArn: arnOf(job), jobId: job.id, jobName: job.request.jobName }
    },
    describejobs: ({ jobs: ids }) => {
      if (ids.length > 100) throw new Refused('At most 100 jobs can be described at once')
      return { jobs: (ids as string[]).flatMap((id) => jobs.all.get(id) ?? []).map(describe) }
    },
    listjobs: (body) => list(body, [...jobs.all.values()], known.queues),
    terminatejob: ({ jobId, reason }) => end(jobId, reason, true),
    canceljob: ({ jobId, reason }) => end(jobId, reason, false),
    registerjobdefinition: ({ jobDefinitionName, type, retryStrategy }) => {
      jobs.definitions.set(jobDefinitionName, { type, retryStrategy })
      return {
        jobDefinitionName,
        jobDefinitionArn: `${arn}:job-definition/${jobDefinitionName}:1`,
        revision: 1,
      }
    },
  }
  const end = (id: string, reason: string, runningToo: boolean) => {
    const job = jobs.all.get(id)
    if (!job) throw new Refused(`Job ${id} does not exist`)
    jobs.end(job, reason, runningToo)
    return {}
  }
  const server = createServer((request, response) => {
    void bodyOf(request).then((bytes) => {
      const body = (bytes.length === 0 ? {} : JSON.parse(bytes.toString())) as Body
      const target = String(request.headers['x-amz-target'] ?? '')
      const action =
        target === 'Logs_20140328.GetLogEvents' ? 'getlogevents' : (request.url ?? '').replace('/v1/', '')
      const count = (asked.get(action) ?? 0) + 1
      asked.set(action, count)
      const fault = fake.fault(action, count)
      if (fault) fake.struck.push(fault)
      if (fault === 'throttle')
        return answer(response, 429, { message: 'Rate exceeded' }, 'TooManyRequestsException')
      if (fault === 'break') return request.socket.destroy()
      try {
        const done = action === 'getlogevents' ? logEvents(body, logs) : actions[action]?.(body, bytes.length)
        if (fault === 'lose') return request.socket.destroy()
        if (done === undefined)
          return answer(response, 404, { message: `no action ${action}` }, 'UnknownOperationException')
        answer(response, 200, done)
      } catch (error) {
        if (error instanceof NoLog)
          return answer(
            response,
            400,
            { message: error.message, __type: 'ResourceNotFoundException' },
            'ResourceNotFoundException',
          )
        answer(
          response,
          error instanceof Refused ? 400 : 500,
          { message: String((error as Error).message) },
          error instanceof Refused ? 'ClientException' : 'ServerException',
        )
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(fake, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      jobs.stopAll()
      await jobs.quiet()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

const arn = 'arn:aws:batch:eu-central-1:111122223333'
const arnOf = ({ id }: Job) => `${arn}:job/${id}`

function describe(job: Job): Body {
  const {
    id,
    request,
    createdAt,
    startedAt,
    stoppedAt,
    status,
    statusReason,
    children,
    index,
    attempts,
    logStreamName,
  } = job
  const last = attempts.at(-1)
  const container = (one: { exitCode?: number; reason?: string; logStreamName?: string } | undefined) => ({
    exitCode: one?.exitCode,
    reason: one?.reason,
    logStreamName: one?.logStreamName ?? logStreamName,
  })
  const summary: { [status in Status]?: number } = {}
  for (const child of children) summary[child.status] = (summary[child.status] ?? 0) + 1
  return {
    jobId: id,
    jobArn: arnOf(job),
    jobName: request.jobName,
    jobQueue: `${arn}:job-queue/${request.jobQueue}`,
    jobDefinition: `${arn}:job-definition/${request.jobDefinition}:1`,
    status,
    statusReason,
    createdAt,
    startedAt,
    stoppedAt,
    dependsOn: request.dependsOn ?? [],
    tags: request.tags,
    attempts: attempts.map((one) => ({
      startedAt: one.startedAt,
      stoppedAt: one.stoppedAt,
      statusReason: one.statusReason,
      container: container(one),
    })),
    ...(children.length > 0
      ? { arrayProperties: { size: children.length, statusSummary: summary } }
      : { container: container(isOver(job) ? last : { ...(logStreamName ? { logStreamName } : {}) }) }),
    ...(index === undefined ? {} : { arrayProperties: { index } }),
  }
}

function list(body: Body, jobs: readonly Job[], queues: ReadonlySet<string>): Body {
  const { jobQueue, arrayJobId, jobStatus = 'RUNNING', filters = [], maxResults = 100, nextToken } = body
  if ((jobQueue === undefined) === (arrayJobId === undefined))
    throw new Refused('Give a job queue or an array job')
  if (jobQueue !== undefined && !queues.has(jobQueue))
    throw new Refused(`Job queue ${jobQueue} does not exist`)
  const [filter] = filters as { name: string; values: string[] }[]
  const named = (name: string) => {
    const wanted = filter?.values[0]?.toLowerCase() ?? ''
    return wanted.endsWith('*')
      ? name.toLowerCase().startsWith(wanted.slice(0, -1))
      : name.toLowerCase() === wanted
  }
  const found = jobs.filter((job) => {
    if (arrayJobId !== undefined) return job.parent?.id === arrayJobId && job.status === jobStatus
    if (job.parent || job.request.jobQueue !== jobQueue) return false
    // With a filter by name the status is ignored.
    return filter?.name === 'JOB_NAME' ? named(job.request.jobName) : job.status === jobStatus
  })
  const start = nextToken === undefined ? 0 : Number(nextToken)
  const page = found.slice(start, start + maxResults)
  return {
    jobSummaryList: page
      .map(describe)
      .map(
        ({
          jobId,
          jobArn,
          jobName,
          status,
          statusReason,
          createdAt,
          startedAt,
          stoppedAt,
          container,
          arrayProperties,
        }) => ({
          jobId,
          jobArn,
          jobName,
          status,
          statusReason,
          createdAt,
          startedAt,
          stoppedAt,
          container: { exitCode: container?.exitCode, reason: container?.reason },
          // The service gives sizes and indices here, not the summary.
          arrayProperties: arrayProperties && { size: arrayProperties.size, index: arrayProperties.index },
        }),
      ),
    ...(start + maxResults < found.length ? { nextToken: String(start + maxResults) } : {}),
  }
}

class NoLog extends Error {}

function logEvents(
  { logStreamName, nextToken, limit = 10_000, startFromHead = false }: Body,
  logs: FakeBatchOptions['logs'],
): Body {
  const lines = logs?.get(logStreamName)
  if (!lines) throw new NoLog('The specified log stream does not exist.')
  const begin = startFromHead ? 0 : Math.max(0, lines.length - limit)
  const start = nextToken === undefined ? begin : Number(String(nextToken).replace('f/', ''))
  const events = lines.slice(start, start + limit)
  // The service gives back the token it was asked with when there is no more.
  return { events, nextForwardToken: `f/${start + events.length}`, nextBackwardToken: `b/${start}` }
}

function answer(response: ServerResponse, status: number, body: unknown, type?: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...(type ? { 'x-amzn-errortype': type } : {}) })
    .end(JSON.stringify(body))
}
