import { PipelineError } from '../core/error.js'
import type { AnyStage } from './define.js'

/** The stages that a run knows: those of this package, and those of the plugins that its manifest names. */
export interface StageRegistry {
  /** In the order in which the documentation shows them. */
  readonly all: readonly AnyStage[]
  names(): readonly string[]
  has(name: string): boolean
  /** Throws `E_UNKNOWN_STAGE`. */
  get(name: string): AnyStage
}

/** Throws `E_STAGE_NAME` where two stages have the same name. */
export function stageRegistry(stages: readonly AnyStage[]): StageRegistry {
  const byName = new Map<string, AnyStage>()
  for (const stage of stages) {
    if (byName.has(stage.name))
      throw new PipelineError({
        code: 'E_STAGE_NAME',
        failure: 'manifest',
        message: `two stages are named ${stage.name}`,
      })
    byName.set(stage.name, stage)
  }
  return {
    all: stages,
    names: () => [...byName.keys()],
    has: (name) => byName.has(name),
    get(name) {
      const stage = byName.get(name)
      if (stage) return stage
      throw new PipelineError({
        code: 'E_UNKNOWN_STAGE',
        failure: 'manifest',
        message: `there is no stage ${name}`,
        expected: [...byName.keys()].join(', '),
      })
    },
  }
}
