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

export const maxDependencies = 20
const maxAttempts = 10
const minTimeoutSeconds = 60

/**
 * Rules are tried in order, and AWS *retries* what no rule matches, so the last one matches everything. A
 * reclaimed machine is worth a retry; with exit code 75 a task requests one; anything else would fail
 * again.
 */
export const retryRules: EvaluateOnExit[] = [
  { action: 'RETRY', onStatusReason: 'Host EC2*' },
  { action: 'RETRY', onExitCode: String(exitCode.retry) },
  { action: 'EXIT', onReason: '*' },
]

/**
 * One request per job: an array, a plain job instead of an array of one, or a multi-node job per element.
 * Throws `E_SUBMIT_REFUSED`.
 */
export function jobRequests(job: ArrayJob, settings: BatchSettings): SubmitJobCommandInput[] {
  const common = {
    dependsOn: dependenciesOf(job),
    retryStrategy: { attempts: Math.min(maxAttempts, settings.repetitions + 1), evaluateOnExit: retryRules },
    timeout: { attemptDurationSeconds: Math.max(minTimeoutSeconds, Math.ceil(job.resources.seconds)) },
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

/** Multi-node jobs cannot be arrays: every element is a separate job. */
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

/**
 * A dependency on a whole array is its parent's id; on the element at the same index, `N_TO_N` with that
 * id.
 */
function dependenciesOf({ name, after }: ArrayJob): BatchDependency[] {
  const dependencies = after.flatMap(({ job, kind, size }: JobDependency): BatchDependency[] => {
    const ids = idsOf(job)
    return ids.length === 1 && kind === 'each' && size > 1
      ? [{ jobId: ids[0], type: 'N_TO_N' }]
      : ids.map((jobId) => ({ jobId }))
  })
  if (dependencies.length <= maxDependencies) return dependencies
  throw submissionRefused(
    name,
    `it would wait for ${dependencies.length} jobs, and AWS Batch allows ${maxDependencies}`,
    'train each expert on one machine (the option `nodes` of the stage), ' +
      'or submit these jobs after the others have ended',
  )
}

function required(value: string | undefined, job: ArrayJob, member: string): string {
  if (value !== undefined) return value
  throw submissionRefused(
    job.name,
    `the profile has no ${member} for ${job.node}`,
    `set \`aws_batch.${member}\` in the profile; \`terraform output -raw profile\` writes one`,
  )
}
