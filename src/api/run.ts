/** `coterie/run`: the commands that take a manifest, as functions. */
export { plan } from './plan-manifest.js'
export { run } from './run-manifest.js'
export { status, type StatusDocument } from './read-status.js'
export { verify } from './verify-run.js'
export { openStore, type ReadableStore, type StoredArtefact } from './open-store.js'
export { readLock } from './read-lock.js'
export { PipelineError, exitCode, type Failure, type PipelineErrorParts } from '../core/error.js'

export type {
  CommonOptions,
  LockOptions,
  PlanOptions,
  RunOptions,
  StatusOptions,
  VerifyOptions,
} from './options.js'
export type { Listener, PlannedEvent, PlannedTask, RunEvent } from './planned-event.js'
export type { PlanDocument, PricedPlan, PricedTraining } from '../submission/plan-document.js'
export type { PlanView, StageView, TrainingView } from '../runner/plan-view.js'
export type { ArrayView, ArraysView } from '../submission/arrays-view.js'
export type { RunResult, StageResult } from '../runner/result.js'
export type { RunStatus } from '../runner/status.js'
export type { SubmittedStatus } from '../submission/status.js'
export type { Mismatch, Verification } from '../runner/lock/verification.js'
export type { Lock, LockedInput, LockedList, LockedStage, LockedTask } from '../planner/lock.js'

/** Readers of the documents that stages write; each takes an artefact from `openStore`. */
export { readDrift, type Drift } from '../artefacts/drift.js'
export { readExperts } from '../artefacts/centres.js'
export type { Experts } from '../artefacts/experts.js'
export { readExpert, type Expert } from '../artefacts/bundle.js'
export { readQuality, type Quality } from '../artefacts/quality.js'
export { readRouting, type RoutedTask, type Routing } from '../artefacts/routing.js'
export { readScores, type Difference, type Score, type ScoredTask, type Scores } from '../artefacts/scores.js'
export { readSizes, type Sizes } from '../artefacts/sizes.js'
