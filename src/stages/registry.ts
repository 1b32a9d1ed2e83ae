import { PipelineError } from '../core/error.js'
import { assign } from './assign/spec.js'
import { cluster } from './cluster/spec.js'
import type { AnyStage } from './define.js'
import { curate } from './curate/spec.js'
import { deduplicate } from './deduplicate/spec.js'
import { drift } from './drift/spec.js'
import { embed } from './embed/spec.js'
import { evaluate } from './evaluate/spec.js'
import { ingest } from './ingest/spec.js'
import { report } from './report/spec.js'
import { train } from './train/spec.js'
import { write } from './write/spec.js'

/** Every stage, in the order in which the documentation shows them. A new stage adds its line here. */
export const stages: readonly AnyStage[] = [
  ingest,
  embed,
  cluster,
  assign,
  deduplicate,
  curate,
  drift,
  write,
  train,
  evaluate,
  report,
].map(erased)

export function stageNamed(name: string): AnyStage {
  const stage = stages.find((candidate) => candidate.name === name)
  if (stage) return stage
  throw new PipelineError({
    code: 'E_UNKNOWN_STAGE',
    failure: 'manifest',
    message: `there is no stage ${name}`,
    expected: stages.map((each) => each.name).join(', '),
  })
}

/**
 * Options are checked against the stage's own declaration before they reach it, so that their static type may
 * be dropped here.
 */
function erased(stage: unknown): AnyStage {
  return stage as AnyStage
}
