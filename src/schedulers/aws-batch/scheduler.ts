import type { BatchClient, JobDetail, JobStatus, JobSummary } from '@aws-sdk/client-batch'
import { type Clock, systemClock } from '../../core/clock.js'
import { commonPrefix } from '../../core/common-prefix.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { saysExpired } from '../../core/expired-credentials.js'
import { append } from '../../core/extremes.js'
import type { ArrayJob, ElementState, Scheduler, SchedulerLimits, SubmittedJob } from '../scheduler.js'
import { asking, submitting } from './asking.js'
import { batchClient, batchSdk, type BatchSdk } from './clients.js'
import { active, cancelReason, elementState, waiting } from './element-state.js'
import { idsOf, joinIds } from './job-id.js'
import { jobRequests, maxDependencies } from './job-request.js'
import { readLogs } from './logs.js'
import type { BatchSettings } from './settings.js'

/** Maximum number of jobs per DescribeJobs. */
const describedAtOnce = 100
const requestsAtOnce = 4

/** AWS Batch through its API. Throws `E_PACKAGE_MISSING` if its client is not installed. */
export async function batchScheduler(
  settings: BatchSettings,
  clock: Clock = systemClock,
): Promise<Scheduler> {
  return new Batch(settings, await batchSdk(), clock)
}

class Batch implements Scheduler {
  readonly kind = 'aws-batch'
  private readonly settings: BatchSettings
  private readonly sdk: BatchSdk
  private client: BatchClient
  private readonly patience: { readonly clock: Clock; readonly seconds: number }

  constructor(settings: BatchSettings, sdk: BatchSdk, clock: Clock) {
    this.settings = settings
    this.sdk = sdk
    this.client = batchClient(sdk, settings)
    this.patience = { clock, seconds: settings.answer_seconds }
  }

  async limits(): Promise<SchedulerLimits> {
    return { array_size: this.settings.array_size, dependencies: maxDependencies, waits_for_end: false }
  }

  async submit(job: ArrayJob): Promise<string> {
    const requests = jobRequests(job, this.settings)
    // Elements that are separate jobs may have been submitted in part, by a submitter that was interrupted.
    const existing =
      requests.length > 1
        ? await this.idsByName(requests.map(({ jobName }) => String(jobName)))
        : new Map<string, string>()
    const ids: string[] = []
    for (const request of requests) {
      const name = String(request.jobName)
      const found = existing.get(name)
      const { jobId } =
        found === undefined
          ? await submitting(
              name,
              () => this.request((client) => client.send(new this.sdk.SubmitJobCommand(request))),
              this.patience,
            )
          : { jobId: found }
      ids.push(String(jobId))
    }
    return joinIds(ids)
  }

  /** Elements that are separate jobs are not found by the array's name: `submit` looks up each of them. */
  async find(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.idsByName(names)
  }

  async states(
    jobs: readonly SubmittedJob[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, ElementState>>> {
    const described = new Map(
      (await this.describe(jobs.flatMap(({ id }) => idsOf(id)))).map((detail) => [
        String(detail.jobId),
        detail,
      ]),
    )
    const states = await mapConcurrently(jobs, requestsAtOnce, async ({ id, size }) => {
      const ids = idsOf(id)
      const first = described.get(ids[0] ?? '')
      if (ids.length === 1 && first?.arrayProperties?.size !== undefined)
        return [id, explained(await this.children(first, size), first)] as const
      return [id, byIndex(ids.map((one, index) => [index, described.get(one)]))] as const
    })
    return new Map(states)
  }

  async cancel(jobs: readonly SubmittedJob[]): Promise<void> {
    const details = await this.describe(jobs.flatMap(({ id }) => idsOf(id)))
    const open = details.filter(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED')
    // TerminateJob on an array's parent ends its children, waiting and running alike.
    await mapConcurrently(open, requestsAtOnce, ({ jobId }) =>
      asking(
        () =>
          this.request((client) =>
            client.send(new this.sdk.TerminateJobCommand({ jobId, reason: cancelReason })),
          ),
        this.patience,
      ),
    )
  }

  async logs({ id, size }: SubmittedJob, index: number, tail?: number): Promise<string | undefined> {
    const ids = idsOf(id)
    const wanted = ids.length > 1 ? ids[index] : size > 1 ? `${id}:${index}` : id
    const [detail] = await this.describe([String(wanted)])
    return detail && readLogs(detail, this.settings, this.patience, tail)
  }

  /** Credentials that expired may have been renewed meanwhile. */
  private async request<T>(ask: (client: BatchClient) => Promise<T>): Promise<T> {
    try {
      return await ask(this.client)
    } catch (error) {
      if (!(error instanceof Error) || !saysExpired(error)) throw error
      this.client = batchClient(this.sdk, this.settings, true)
      return ask(this.client)
    }
  }

  private async describe(ids: readonly string[]): Promise<JobDetail[]> {
    const batches = Array.from({ length: Math.ceil(ids.length / describedAtOnce) }, (_, at) =>
      ids.slice(at * describedAtOnce, (at + 1) * describedAtOnce),
    )
    const answers = await mapConcurrently(batches, requestsAtOnce, (jobs) =>
      asking(
        () => this.request((client) => client.send(new this.sdk.DescribeJobsCommand({ jobs }))),
        this.patience,
      ),
    )
    return answers.flatMap(({ jobs }) => jobs ?? [])
  }

  /**
   * States of an array's children, with few requests. Small arrays are described as a whole. For large
   * ones, the parent's counts by status show the most frequent status; the children of all other statuses
   * are listed, and the rest have that one. Statuses are listed in the order of a job's life, so a job that
   * moves on meanwhile is seen at least once.
   */
  private async children(parent: JobDetail, size: number): Promise<Map<number, ElementState>> {
    const id = String(parent.jobId)
    if (size <= describedAtOnce)
      return byIndex(
        (await this.describe(Array.from({ length: size }, (_, index) => `${id}:${index}`))).map((child) => [
          indexOf(child),
          child,
        ]),
      )
    const counts = parent.arrayProperties?.statusSummary ?? {}
    const order: readonly JobStatus[] = [...waiting, ...active, 'SUCCEEDED', 'FAILED']
    const commonest = order.reduce((best, status) =>
      (counts[status] ?? 0) > (counts[best] ?? 0) ? status : best,
    )
    const rest = commonest === 'FAILED' ? 'SUCCEEDED' : commonest
    const states = new Map<number, ElementState>()
    for (const status of order) {
      if (status === rest) continue
      for (const child of await this.list({ arrayJobId: id, jobStatus: status })) {
        const state = elementState({ ...child, status })
        if (state) states.set(indexOf(child), state)
      }
    }
    const others = elementState({ status: rest })
    if (others) for (let index = 0; index < size; index++) if (!states.has(index)) states.set(index, others)
    return states
  }

  private async idsByName(names: readonly string[]): Promise<Map<string, string>> {
    if (names.length === 0) return new Map()
    const wanted = new Set(names)
    const found = new Map<string, JobSummary>()
    const values = [`${commonPrefix(names)}*`]
    for (const jobQueue of this.queues()) {
      // With a filter by name, jobs of every status are listed.
      for (const job of await this.list({ jobQueue, filters: [{ name: 'JOB_NAME', values }] })) {
        const name = String(job.jobName)
        const before = found.get(name)
        if (wanted.has(name) && (!before || (job.createdAt ?? 0) < (before.createdAt ?? 0)))
          found.set(name, job)
      }
    }
    return new Map([...found].map(([name, { jobId }]) => [name, String(jobId)]))
  }

  private queues(): string[] {
    const { queue, gpu_queue, nodes_queue, stage_queues } = this.settings
    return [...new Set([queue, gpu_queue, nodes_queue, ...stage_queues].filter((one) => one !== undefined))]
  }

  private async list(query: {
    jobQueue?: string
    arrayJobId?: string
    jobStatus?: JobStatus
    filters?: { name: string; values: string[] }[]
  }): Promise<JobSummary[]> {
    const jobs: JobSummary[] = []
    let nextToken: string | undefined
    do {
      const page = await asking(
        () =>
          this.client.send(
            new this.sdk.ListJobsCommand({ ...query, maxResults: 100, ...(nextToken ? { nextToken } : {}) }),
          ),
        this.patience,
      )
      append(jobs, page.jobSummaryList ?? [])
      nextToken = page.nextToken
    } while (nextToken)
    return jobs
  }
}

/** A reason that only the array states is that of all of its children that wait without one of their own. */
function explained(
  children: ReadonlyMap<number, ElementState>,
  { status, statusReason }: JobDetail,
): ReadonlyMap<number, ElementState> {
  const parent = elementState({ status, statusReason })
  if (parent?.state !== 'pending' || parent.waits === undefined) return children
  return new Map(
    [...children].map(([index, state]) => [
      index,
      state.state === 'pending' && state.waits === undefined
        ? { ...state, detail: parent.detail, waits: parent.waits }
        : state,
    ]),
  )
}

/** A child's id is its parent's id, a colon and the index. */
function indexOf({ jobId }: { readonly jobId?: string | undefined }): number {
  return Number(jobId?.split(':').at(-1))
}

function byIndex(details: readonly (readonly [number, JobDetail | undefined])[]): Map<number, ElementState> {
  return new Map(
    details.flatMap(([index, detail]) => {
      const state = detail && elementState(detail)
      return state ? [[index, state] as const] : []
    }),
  )
}
