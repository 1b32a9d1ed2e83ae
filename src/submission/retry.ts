import { isActive } from './judge.js'
import { type Choose, type SubmitOutcome, submitMissing } from './submit.js'
import type { SubmissionContext } from './context.js'

/**
 * Submits tasks again that were submitted before and did not succeed; with `failed`, not those that were
 * cancelled.
 */
export function retryRun(
  context: SubmissionContext,
  { failed }: { failed: boolean },
): Promise<SubmitOutcome> {
  const choose: Choose = (missing, { byTask }) =>
    missing.filter((task) => {
      const verdict = byTask.get(task.fingerprint)?.verdict
      return verdict !== undefined && !isActive(verdict) && !(failed && verdict.state === 'cancelled')
    })
  return submitMissing(context, choose)
}
