import type {
  ContainerOverrides,
  EvaluateOnExit,
  JobDependency as BatchDependency,
  SubmitJobCommandInput,
} from '@aws-sdk/client-batch'
import { exitCode } from '../../core/error.js'
import { submissionRefused } from '../errors.js'
import type { ArrayJob, JobDependency } from '../scheduler.js'
import { idsOf } from './job-id.js'
import type { BatchSettings } from './settings.js'

export const mostDependencies = 20
const mostAttempts = 10
const leastTimeout = 60

/**
 * Rules are tried in order, and what no rule matches is *repeated*, so the last one matches everything. A
 * machine that AWS took back is nobody's fault; 75 is a task's own "again"; anything else would end the same.
 */
export const retryRules: EvaluateOnExit[] = [
  { action: 'RETRY', onStatusReason: 'Host EC2*' },
  { action: 'RETRY', onExitCode: String(exitCode.retry) },
  { action: 'EXIT', onReason: '*' },
]

/**
 * One request a job: an array, a plain job in the place of an array of one, or a multi-node job for each
 * element. Throws `E_SUBMIT_REFUSED`.
 */
export function jobRequests(job: ArrayJob, settings: BatchSettings): SubmitJobCommandInput[] {
  const common = {
    dependsOn: dependenciesOf(job),
    retryStrategy: { attempts: Math.min(mostAttempts, settings.repetitions + 1), evaluateOnExit: retryRules },
    timeout: { attemptDurationSeconds: Math.max(leastTimeout, Math.ceil(job.resources.seconds)) },
    tags: settings.tags,
    propagateTags: true,
  }
  if (job.resources.nodes > 1) return multiNode(job, settings, common)
  const { gpus, queue } = job.resources
  return [
    {
      ...common,
      jobName: job.name,
      jobQueue: required(
        queue ?? (gpus > 0 ? (settings.gpu_queue ?? settings.queue) : settings.queue),
        job,
        'queue',
      ),
      jobDefinition: required(
        settings.job_definitions[job.node] ?? settings.job_definition,
        job,
        `job_definitions.${job.node}`,
      ),
      ...(job.size > 1 ? { arrayProperties: { size: job.size } } : {}),
      containerOverrides: overridesOf(job, []),
    },
  ]
}

/** Multi-node jobs cannot be arrays: every element is a job of its own. */
function multiNode(
  job: ArrayJob,
  settings: BatchSettings,
  common: Pick<SubmitJobCommandInput, 'dependsOn'>,
): SubmitJobCommandInput[] {
  const { nodes, queue } = job.resources
  return Array.from({ length: job.size }, (_, index) => ({
    ...common,
    jobName: job.size === 1 ? job.name : `${job.name}-n${index}`,
    jobQueue: required(
      queue ?? settings.nodes_queue ?? settings.gpu_queue ?? settings.queue,
      job,
      'nodes_queue',
    ),
    jobDefinition: required(settings.nodes_job_definition, job, 'nodes_job_definition'),
    nodeOverrides: {
      numNodes: nodes,
      nodePropertyOverrides: [
        { targetNodes: '0:', containerOverrides: overridesOf(job, ['--index', String(index)]) },
      ],
    },
  }))
}

function overridesOf(
  { command, environment, resources }: ArrayJob,
  more: readonly string[],
): ContainerOverrides {
  const { cpus, memory_bytes, gpus } = resources
  return {
    command: [...command, ...more],
    environment: Object.keys(environment)
      .sort()
      .map((name) => ({ name, value: environment[name] ?? '' })),
    resourceRequirements: [
      { type: 'VCPU', value: String(cpus) },
      { type: 'MEMORY', value: String(Math.ceil(memory_bytes / 2 ** 20)) },
      ...(gpus > 0 ? [{ type: 'GPU' as const, value: String(gpus) }] : []),
    ],
  }
}

/** A dependency on a whole array is its parent's id; on the element of the same index, `N_TO_N` with it. */
function dependenciesOf({ name, after }: ArrayJob): BatchDependency[] {
  const dependencies = after.flatMap(({ job, kind, size }: JobDependency): BatchDependency[] => {
    const ids = idsOf(job)
    return ids.length === 1 && kind === 'each' && size > 1
      ? [{ jobId: ids[0], type: 'N_TO_N' }]
      : ids.map((jobId) => ({ jobId }))
  })
  if (dependencies.length <= mostDependencies) return dependencies
  throw submissionRefused(
    name,
    `it would wait for ${dependencies.length} jobs, and AWS Batch allows ${mostDependencies}`,
    'let experts that span machines train on one each (the option `nodes` of their stage), ' +
      'or submit them after the others',
  )
}

function required(value: string | undefined, job: ArrayJob, member: string): string {
  if (value !== undefined) return value
  throw submissionRefused(
    job.name,
    `the profile names nothing for ${job.node}`,
    `give \`aws_batch.${member}\` in the profile; \`terraform output -raw profile\` writes one`,
  )
}
