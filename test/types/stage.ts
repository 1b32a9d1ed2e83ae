/**
 * Checked by `tsc` alone, never run: what a stage's declaration means for the types of its functions. A line
 * below `@ts-expect-error` must be refused.
 */
import {
  choice,
  flag,
  group,
  int,
  list,
  nullable,
  num,
  optional,
  text,
  type OptionsOf,
} from '../../src/core/field.js'
import {
  type AnyStage,
  type Artefact,
  defineStage,
  type Partition,
  type TaskContext,
  taskKind,
} from '../../src/stages/define.js'
import { Centres, Samples } from '../../src/stages/kinds.js'
import { bySplit } from '../../src/stages/partition.js'
import { stageRegistry } from '../../src/stages/stage-registry.js'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectType<_ extends true>(): void {}

const doc = ''
const options = {
  rounds: int({ default: 3, doc }),
  share: optional(num({ doc })),
  order: choice(['near', 'far'], { default: 'near', doc }),
  bound: nullable(num({ default: 2, doc })),
  names: list(text({ doc }), { default: [], doc }),
  tuned: group({ deep: flag({ default: false, doc }), label: optional(text({ doc })) }, { doc }),
}
type Options = OptionsOf<typeof options>

// OptionsOf
expectType<Same<Options['rounds'], number>>()
expectType<Same<Options['share'], number | undefined>>()
expectType<Same<Options['order'], 'near' | 'far'>>()
expectType<Same<Options['bound'], number | null>>()
expectType<Same<Options['names'], readonly string[]>>()
expectType<Same<Options['tuned'], { readonly deep: boolean; readonly label: string | undefined }>>()
expectType<Same<keyof Options, 'rounds' | 'share' | 'order' | 'bound' | 'names' | 'tuned'>>()
// @ts-expect-error: options are read-only
export const write = (given: Options) => (given.rounds = 4)
// @ts-expect-error: a default is one of the choices
choice(['near', 'far'], { default: 'middle', doc })

const cheap = () => ({ seconds: 1, bytes: 0, memory_bytes: 0 })

// A stage whose tasks are all alike declares no kinds.
const simple = defineStage({
  name: 'simple',
  version: 1,
  doc,
  takes: { samples: { kind: Samples } },
  makes: { centres: { kind: Centres } },
  options,
  partition: bySplit('samples'),
  estimate: ({ options: given, partition }) => {
    expectType<Same<typeof given, Options>>()
    expectType<Same<typeof partition.params, undefined>>()
    return cheap()
  },
  facts: (given) => ({ rounds: given.rounds }),
  check: ({ rounds }) => (rounds > 9 ? [{ option: 'rounds', message: 'too many' }] : []),
  load: async () => ({
    run: async (context) => {
      expectType<Same<typeof context.options, Options>>()
      expectType<Same<typeof context.kind, 'task'>>()
      expectType<Same<typeof context.params, undefined>>()
      expectType<Same<keyof typeof context.after, 'task'>>()
    },
  }),
})

// Kinds give parameters, results of the same stage and what `run` may look at their types.
const tasks = {
  count: taskKind(),
  merge: taskKind<{ readonly from: number; readonly to: number }>(),
}
type Tasks = typeof tasks

const several = defineStage({
  name: 'several',
  version: 1,
  doc,
  takes: {},
  makes: {},
  options: {},
  tasks,
  partition: (): Partition<Tasks>[] => [
    { kind: 'count', key: 'count' },
    { kind: 'merge', key: 'merge', params: { from: 0, to: 1 }, after: ['count'] },
  ],
  estimate: ({ partition }) => {
    if (partition.kind === 'merge') expectType<Same<typeof partition.params.to, number>>()
    return cheap()
  },
  load: async () => ({
    run: async (context) => {
      expectType<Same<typeof context.kind, 'count' | 'merge'>>()
      expectType<Same<typeof context.after.count, readonly Artefact[]>>()
      if (context.kind === 'merge') expectType<Same<typeof context.params.from, number>>()
      else expectType<Same<typeof context.params, undefined>>()
      // @ts-expect-error: there is no such kind
      void context.after.other
    },
  }),
})

type Merge = TaskContext<object, Tasks, 'merge'>
expectType<Same<Merge['kind'], 'merge'>>()
expectType<Same<Merge['params'], { readonly from: number; readonly to: number }>>()

export const refused: readonly Partition<Tasks>[] = [
  // @ts-expect-error: a task of several kinds says which
  { key: 'count' },
  // @ts-expect-error: this kind has parameters
  { kind: 'merge', key: 'merge' },
  // @ts-expect-error: of these types
  { kind: 'merge', key: 'merge', params: { from: '0', to: 1 } },
  // @ts-expect-error: and that one has none
  { kind: 'count', key: 'count', params: { from: 0, to: 1 } },
]

defineStage({
  name: 'wrong',
  version: 1,
  doc,
  takes: {},
  makes: {},
  options: { rounds: int({ default: 3, doc }) },
  partition: () => [{ key: 'whole' }],
  estimate: cheap,
  // @ts-expect-error: there is no option of this name
  check: ({ round }) => (round > 9 ? [] : []),
  load: async () => ({ run: async () => {} }),
})

// Any stage is a stage of a registry, without a cast.
export const erased: readonly AnyStage[] = [simple, several]
export const registry = stageRegistry([simple, several])
