import { finishedTasks } from '../runner/finished-tasks.js'
import { PipelineError } from '../core/error.js'
import { ofThisHost } from './chosen.js'
import type { SubmissionContext } from './context.js'
import { isActive } from './judge.js'
import { readLedger } from './ledger.js'
import { otherSubmissions, refuseOthers } from './others.js'
import type { Submission } from './submission.js'
import { submissionsNamed } from './submissions.js'
import { type Choose, type SubmitOutcome, submitMissing } from './submit.js'

export interface RetryOptions {
  /** Leave out tasks that were cancelled. */
  readonly failed: boolean
  /** Only tasks of these submissions, whoever made them. */
  readonly ids?: readonly string[] | undefined
}

/**
 * Submits tasks again that were submitted before and did not succeed. Throws `E_UNKNOWN_SUBMISSION` or
 * `E_OTHER_SUBMISSIONS`.
 */
export async function retryRun(
  context: SubmissionContext,
  { failed, ids = [] }: RetryOptions,
): Promise<SubmitOutcome> {
  const named = ids.length > 0 ? await submissionsNamed(context.store, ids) : undefined
  const chosen = named ? idsOf(named) : await ownIds(context)
  const planned = new Set(context.plan.stages.flatMap(({ tasks }) => tasks.map((task) => task.fingerprint)))
  const choose: Choose = (missing, { byTask, elements }) => {
    if (
      named &&
      !elements.some(({ array, index }) => chosen.has(array.submission.id) && has(array.members[index]))
    )
      throw ofOtherTasks(named)
    return missing.filter((task) => {
      const element = byTask.get(task.fingerprint)
      return (
        element !== undefined &&
        chosen.has(element.array.submission.id) &&
        !isActive(element.verdict) &&
        !(failed && element.verdict.state === 'cancelled')
      )
    })
  }
  const has = (members: readonly string[] | undefined) => members?.some((id) => planned.has(id)) === true
  return submitMissing({ ...context, ...(named ? { also: named } : {}) }, choose)
}

async function ownIds({ store, by, plan, clock }: SubmissionContext): Promise<ReadonlySet<string>> {
  const ledger = await readLedger(store, by, plan.manifest)
  const { arrays } = ofThisHost(ledger, by, await finishedTasks(store, plan))
  const ids = idsOf(arrays.map(({ submission }) => submission))
  if (ids.size === 0) refuseOthers(await otherSubmissions(store, ids, clock), by.manifest)
  return ids
}

const idsOf = (submissions: readonly Submission[]) => new Set(submissions.map(({ id }) => id))

function ofOtherTasks(named: readonly Submission[]): PipelineError {
  return new PipelineError({
    code: 'E_UNKNOWN_SUBMISSION',
    failure: 'usage',
    message: 'no task of this plan is in the submission',
    found: named.map(({ id, manifest, name }) => `${id} of ${manifest ?? name}`).join(', '),
    hint: 'retry it with the manifest that it was submitted for',
  })
}
