import { PipelineError } from '../../core/error.js'
import type { Store } from '../../io/store/store.js'
import { explainPlan } from '../../planner/explain.js'
import { summaryOfLock, unexplained, type Lock } from '../../planner/lock.js'
import type { Plan } from '../../planner/types.js'
import { readLockedList } from './lock-file.js'

/** Throws `E_FROZEN` (exit 6), with the differences, unless the plan is the one that the lock pins. */
export async function refuseUnexplained(plan: Plan, lock: Lock, store: Store): Promise<void> {
  const nodes = unexplained(plan, lock)
  if (nodes.length === 0) return
  const before = summaryOfLock(lock, await readLockedList(lock.inputs, store))
  const reasons = explainPlan(plan, new Set(), before).filter((stage) => nodes.includes(stage.node))
  throw new PipelineError({
    code: 'E_FROZEN',
    failure: 'check',
    message:
      `${nodes.length === 1 ? 'a stage of this plan does' : `${nodes.length} stages of this plan do`} ` +
      'not match the lock',
    excerpt: reasons.map((stage) => `  ${stage.node.padEnd(10)} ${stage.reason}`).join('\n'),
    hint: 'run without --frozen to accept the change and write a new lock',
  })
}

/** Throws `E_FROZEN_BYTES` (exit 6) unless the results have the bytes that the lock pins. */
export async function refuseOtherBytes(locked: Lock, made: Lock): Promise<void> {
  const before = new Map(locked.stages.map((stage) => [stage.node, stage.root]))
  const differing = made.stages.filter((stage) => before.get(stage.node) !== stage.root)
  const first = differing[0]
  if (!first) return
  throw new PipelineError({
    code: 'E_FROZEN_BYTES',
    failure: 'check',
    message: `results differ from the lock: ${differing.map((stage) => stage.node).join(', ')}`,
    expected: `${first.node} ${before.get(first.node)}`,
    found: `${first.node} ${first.root}`,
  })
}
