import type { Comparison } from '../runner/lock/compare.js'
import type { Verification } from '../runner/lock/verification.js'
import type { ClassifiedFiles } from '../ensemble/classify-files.js'
import type { RoutedNames } from '../ensemble/route-names.js'
import type { Diagnosis } from '../io/doctor/check.js'
import type { Inspection } from '../io/inspect/inspection.js'
import type { Diagnostic } from '../manifest/yaml/diagnose.js'
import type { Difference, Entry } from '../planner/fingerprint.js'
import type { ReportModel } from '../report/model.js'
import type { Garbage } from '../runner/garbage.js'
import type { RunResult } from '../runner/result.js'
import type { RegisteredRun } from '../runner/snapshots/listed.js'
import type { ElementOutcome } from '../submission/element.js'
import type { SubmissionArray } from '../submission/submission.js'
import type { Cancelled } from '../submission/cancel.js'
import type { PlanDocument } from '../submission/plan-document.js'
import type { StoredStatus, SubmittedStatus } from '../submission/status.js'
import type { ExportedEnsemble } from '../finished/export-run.js'

/**
 * The documents that commands print with `--json`. Members are added, never renamed. `npm run gen` derives
 * `schema/output/<command>.schema.json` from these types.
 */
export interface Documents {
  readonly cancel: Cancelled
  readonly classify: ClassifiedFiles
  readonly compare: Comparison
  readonly doctor: Diagnosis
  /** What any command prints instead of its document if it fails. */
  readonly error: ErrorDocument
  readonly explain: {
    readonly stages: readonly ExplainedStage[]
    /** The lock that this comes from, if the inputs cannot be read. */
    readonly lock?: string | undefined
  }
  readonly export: ExportedEnsemble
  readonly forget: ForgetDocument
  readonly gc: Garbage
  readonly init: InitDocument
  readonly inspect: Inspection
  readonly plan: PlanDocument
  readonly quickstart: RunResult
  readonly report: ReportModel
  readonly retry: SubmitDocument
  readonly route: RoutedNames
  readonly run: RunResult
  readonly runs: { readonly runs: readonly RegisteredRun[] }
  readonly status: StoredStatus | SubmittedStatus
  readonly submit: SubmitDocument
  readonly task: ElementOutcome
  readonly validate: ValidateDocument
  readonly verify: Verification
}

export interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly exit_code: number
    /** File and position, shard and row, or key. */
    readonly place?: string | undefined
    readonly expected?: string | undefined
    readonly found?: string | undefined
    readonly hint?: string | undefined
    /** The lines of a file that the message is about, or all mistakes of a manifest. */
    readonly excerpt?: string | undefined
  }
}

export interface ForgetDocument {
  readonly runs: readonly RegisteredRun[]
  /** What only these runs need. */
  readonly frees: { readonly objects: number; readonly bytes: number }
  readonly forgotten: boolean
}

/** What the result of a stage depends on, and which of it changed. */
export interface ExplainedStage {
  readonly stage: string
  readonly action: 'run' | 'reuse'
  readonly tasks: number
  readonly to_run: number
  readonly reason: string
  readonly differences: readonly Difference[]
  readonly entries: readonly Entry[]
}

export interface InitDocument {
  readonly folder: string
  /** Created files. */
  readonly written: readonly string[]
  /** Files that already existed. */
  readonly kept: readonly string[]
}

export interface SubmitDocument {
  /** The id of the submission; null if there was nothing to submit. */
  readonly submission: string | null
  readonly submitted: number
  /** Tasks that are already queued or running. */
  readonly active: number
  readonly done: number
  /** Tasks that can only be submitted later: they depend on too many active jobs. */
  readonly left: number
  readonly arrays: readonly SubmissionArray[]
}

export interface ValidateDocument {
  readonly ok: boolean
  readonly manifest: string
  readonly mistakes: readonly Diagnostic[]
}
