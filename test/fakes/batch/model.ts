/**
 * What AWS Batch calls things, as far as the fake knows them. Shapes are those of the service's REST-JSON.
 */
export type Status = 'SUBMITTED' | 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED'

export interface Dependency {
  readonly jobId?: string
  readonly type?: 'SEQUENTIAL' | 'N_TO_N'
}

export interface Rule {
  readonly action: string
  readonly onStatusReason?: string
  readonly onReason?: string
  readonly onExitCode?: string
}

export interface RetryStrategy {
  readonly attempts?: number
  readonly evaluateOnExit?: readonly Rule[]
}

export interface Overrides {
  readonly command?: readonly string[]
  readonly environment?: readonly { readonly name: string; readonly value: string }[]
  readonly resourceRequirements?: readonly { readonly type: string; readonly value: string }[]
}

export interface SubmitRequest {
  readonly jobName: string
  readonly jobQueue: string
  readonly jobDefinition: string
  readonly arrayProperties?: { readonly size?: number }
  readonly dependsOn?: readonly Dependency[]
  readonly containerOverrides?: Overrides
  readonly nodeOverrides?: {
    readonly numNodes?: number
    readonly nodePropertyOverrides?: readonly {
      readonly targetNodes: string
      readonly containerOverrides?: Overrides
    }[]
  }
  readonly retryStrategy?: RetryStrategy
  readonly timeout?: { readonly attemptDurationSeconds?: number }
  readonly tags?: { readonly [name: string]: string }
}

export interface Definition {
  readonly type: 'container' | 'multinode'
  readonly retryStrategy?: RetryStrategy
}

/** How one attempt ended. */
export interface End {
  readonly exitCode?: number
  /** Of the container: `OutOfMemoryError: …`. */
  readonly reason?: string
  /** Of the job: `Host EC2 (instance …) terminated.` */
  readonly statusReason?: string
  /** It is not repeated whatever the rules say. */
  readonly final?: boolean
}

export interface Attempt extends End {
  readonly startedAt: number
  readonly stoppedAt: number
  readonly logStreamName: string
}

/** A plain job, a child of an array, or an array's parent (`children`). */
export interface Job {
  readonly id: string
  readonly request: SubmitRequest
  readonly createdAt: number
  readonly index?: number
  readonly parent?: Job
  children: Job[]
  status: Status
  statusReason?: string
  startedAt?: number
  stoppedAt?: number
  logStreamName?: string
  attempts: Attempt[]
  /** Stops what runs. */
  stop?: (end: End) => void
  /** Set by TerminateJob and CancelJob. */
  ending?: string
}

export function isOver({ status }: Job): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED'
}

/**
 * Whether an attempt that failed is repeated: the first rule that matches decides, and what no rule matches
 * is repeated.
 */
export function isRepeated(strategy: RetryStrategy | undefined, attempts: number, end: End): boolean {
  if (end.final || attempts >= (strategy?.attempts ?? 1)) return false
  const matches = (pattern: string | undefined, text: string) => {
    if (pattern === undefined) return true
    return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
  }
  const rule = strategy?.evaluateOnExit?.find(
    (one) =>
      matches(one.onStatusReason, end.statusReason ?? 'Essential container in task exited') &&
      matches(one.onReason, end.reason ?? '') &&
      matches(one.onExitCode, end.exitCode === undefined ? '' : String(end.exitCode)),
  )
  return rule === undefined || rule.action.toUpperCase() === 'RETRY'
}
