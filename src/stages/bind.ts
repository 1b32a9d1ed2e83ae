import type { Fields, OptionsOf } from '../core/field.js'
import { PipelineError } from '../core/error.js'
import { asJson, type Json } from '../core/json.js'
import type { IdleTask, OptionMistake, Ports, StageDeclaration } from './declaration.js'
import type { Facts } from './facts.js'
import type { Earlier, Estimate, PartitionContext, Slice } from './planning.js'
import type { Artefact, TaskInputs, TaskSurroundings } from './task-context.js'
import { onlyKind, type TaskKinds } from './task-kinds.js'

/** A stage bound to its options, so that the planner and the runner need not know the types of either. */
export interface BoundStage {
  readonly options: { readonly [option: string]: Json | undefined }
  /** Name → path or URI. */
  readonly models: { readonly [name: string]: string }
  /** Lock file or artefact of the earlier run that the stage continues. */
  readonly earlier: string | undefined
  readonly factsOfEarlier: (read: (file: string) => Promise<Uint8Array>) => Promise<Facts>
  /** Facts for downstream stages: those of the upstream stages and the stage's own. */
  readonly facts: (upstream: Facts, earlier?: Earlier) => Facts
  readonly takesPartition: (column: string) => boolean
  /** Paths of the options that do nothing in this task. */
  readonly idle: (task: IdleTask) => readonly string[]
  readonly check: (facts: Facts) => readonly OptionMistake[]
  readonly partition: (context: Omit<PartitionContext<unknown>, 'options'>) => readonly PlannedPartition[]
  readonly run: (task: RunnableTask) => Promise<void>
}

/** A task as the planner sees it. */
export interface PlannedPartition extends Slice {
  readonly kind: string
  readonly params: Json | undefined
  readonly estimate: (of: { rows: number; bytes: number; facts: Facts }) => Estimate
}

/** A task as the runner passes it on; `params` and `after` are as the stage planned them. */
export interface RunnableTask extends Omit<TaskInputs<unknown>, 'options'>, TaskSurroundings {
  readonly kind: string
  readonly params: Json | undefined
  readonly after: readonly Artefact[]
}

/**
 * Options and parameters are plain data once they have been checked and sent to a worker: here, and only
 * here, they regain the types of the stage's declaration.
 */
export function bind<T extends Ports, O extends Fields, K extends TaskKinds>(
  stage: StageDeclaration<T, O, K>,
  resolved: { readonly [option: string]: unknown },
): BoundStage {
  const options = resolved as unknown as OptionsOf<O>
  const kinds: readonly string[] = stage.tasks ? Object.keys(stage.tasks) : [onlyKind]
  const known = (kind: string, key: string): string => {
    if (kinds.includes(kind)) return kind
    throw new PipelineError({
      code: 'E_PLAN',
      message: `stage ${stage.name} declares no tasks of the kind ${kind}`,
      place: `${stage.name}/${key}`,
      expected: kinds.join(', '),
    })
  }
  return {
    options: resolved as BoundStage['options'],
    models: stage.models?.(options) ?? {},
    earlier: stage.earlier?.of(options),
    factsOfEarlier: async (read) => (await stage.earlier?.facts(read)) ?? {},
    facts: (upstream, earlier) => ({ ...upstream, ...stage.facts?.(options, upstream, earlier) }),
    takesPartition: (column) => stage.takes_partition?.(options, column) ?? false,
    idle: (task) => stage.idle?.(options, task) ?? [],
    check: (facts) => stage.check?.(options, facts) ?? [],
    partition: (context) =>
      stage.partition({ ...context, options }).map((partition): PlannedPartition => ({
        ...partition,
        kind: known(partition.kind === undefined ? onlyKind : String(partition.kind), partition.key),
        params: partition.params === undefined ? undefined : asJson(partition.params),
        estimate: (of) => stage.estimate({ ...of, options, partition }),
      })),
    run: async ({ kind, params, after, ...task }) => {
      const { run } = await stage.load()
      known(kind, task.key)
      const byKind = Object.fromEntries(kinds.map((each) => [each, after.filter((one) => one.kind === each)]))
      const context = { ...task, options, kind, params, after: byKind }
      await run(context as unknown as Parameters<typeof run>[0])
    },
  }
}
