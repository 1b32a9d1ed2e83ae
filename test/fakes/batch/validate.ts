import type { Definition, Job, SubmitRequest } from './model.js'

/** What the service would refuse with a ClientException, or undefined. */
export function refusalOf(
  request: SubmitRequest,
  bytes: number,
  known: {
    queues: ReadonlySet<string>
    definitions: ReadonlyMap<string, Definition>
    jobs: ReadonlyMap<string, Job>
  },
): string | undefined {
  const {
    jobName,
    jobQueue,
    jobDefinition,
    arrayProperties,
    dependsOn = [],
    retryStrategy,
    timeout,
  } = request
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(jobName ?? '')) return `Job name ${jobName} is not valid`
  if (!known.queues.has(jobQueue)) return `Job queue ${jobQueue} does not exist`
  const definition = known.definitions.get(jobDefinition)
  if (!definition) return `Job definition ${jobDefinition} does not exist`
  if (bytes > 30 * 1024) return 'Request body is larger than 30 KiB'
  const size = arrayProperties?.size
  if (size !== undefined && (size < 2 || size > 10_000)) return 'Array size must be between 2 and 10,000'
  if (definition.type === 'multinode' && (arrayProperties || request.containerOverrides))
    return 'A multi-node job has neither array properties nor container overrides'
  if (definition.type === 'container' && request.nodeOverrides)
    return 'Node overrides need a multi-node job definition'
  if (dependsOn.length > 20) return 'At most 20 dependencies are allowed'
  for (const { jobId, type } of dependsOn) {
    const other = jobId === undefined ? undefined : known.jobs.get(jobId)
    if (jobId === undefined && type !== 'SEQUENTIAL') return 'A dependency needs a job id'
    if (jobId === undefined && size === undefined) return 'SEQUENTIAL is for array jobs'
    if (jobId !== undefined && !other) return `Job ${jobId} does not exist`
    if (type === 'N_TO_N' && (size === undefined || other?.children.length !== size))
      return 'N_TO_N needs array jobs of the same size'
  }
  const attempts = retryStrategy?.attempts ?? 1
  if (attempts < 1 || attempts > 10) return 'Attempts must be between 1 and 10'
  const rules = retryStrategy?.evaluateOnExit ?? []
  if (rules.length > 5) return 'At most 5 evaluateOnExit rules are allowed'
  if (rules.length > 0 && retryStrategy?.attempts === undefined) return 'evaluateOnExit needs attempts'
  for (const rule of rules) {
    if (rule.onExitCode !== undefined && !/^[0-9]{1,512}\*?$|^\*$/.test(rule.onExitCode))
      return 'onExitCode takes digits and an asterisk at its end'
    if (!/^(RETRY|EXIT)$/i.test(rule.action)) return 'action is RETRY or EXIT'
  }
  if (timeout?.attemptDurationSeconds !== undefined && timeout.attemptDurationSeconds < 60)
    return 'A timeout is at least 60 seconds'
  return undefined
}
