import type { Json } from '../../src/core/json.js'
import type { Artefact } from '../../src/stages/define.js'
import {
  options as evaluateFields,
  type Options as EvaluateOptions,
} from '../../src/stages/evaluate/options.js'
import { evaluate } from '../../src/stages/evaluate/spec.js'
import { options as trainFields, type Options as TrainOptions } from '../../src/stages/train/options.js'
import { train } from '../../src/stages/train/spec.js'
import { sha256 } from '../../src/core/digest.js'
import { memorySource } from '../../src/io/source.js'
import { defaultsOf } from './defaults.js'
import { fakeTask, type FakeTask, runFake, type FakeContext } from './task-context.js'

export const trainOptions: TrainOptions = {
  ...defaultsOf(trainFields),
  adapter: { ...defaultsOf(trainFields).adapter, dictionary: 16, dictionary_patches: 1000 },
  validation_share: 0.2,
}

export const evaluateOptions: EvaluateOptions = { ...defaultsOf(evaluateFields), bootstrap_rounds: 50 }

export const facts = { experts: 2, fine: 4, encoder: { model: 'builtin' } }

/** An artefact of what a task put. */
export function artefactOf(
  stage: string,
  key: string,
  files: ReadonlyMap<string, Uint8Array> | { readonly [name: string]: Uint8Array },
  rows: { readonly [name: string]: number } = {},
  kind = 'task',
): Artefact {
  const byName =
    files instanceof Map ? (files as ReadonlyMap<string, Uint8Array>) : new Map(Object.entries(files))
  return {
    stage,
    key,
    kind,
    fingerprint: sha256(`${stage}/${key}`),
    splits: [],
    files: [...byName].map(([name, bytes]) => ({
      name,
      size: bytes.byteLength,
      sha256: sha256(bytes),
      ...(rows[name] === undefined ? {} : { rows: rows[name] }),
    })),
    rows_out: 0,
    accounting: { rows_in: 0, expanded: 0, rows_out: 0, dropped: {} },
    notes: {},
    async open(name) {
      const bytes = byName.get(name)
      if (!bytes) throw new Error(`${stage}/${key} has no ${name}`)
      return memorySource(`memory:${stage}/${key}/${name}`, bytes)
    },
  }
}

export interface Trained {
  readonly features: FakeTask<TrainOptions>
  readonly bundles: readonly Artefact[]
  readonly tasks: ReadonlyMap<string, FakeTask<TrainOptions>>
}

/** The train stage, task after task, over memory; `made` are features of before. */
export async function trainAll(
  shards: Artefact,
  models: readonly string[],
  options: Partial<TrainOptions> = {},
  more: Partial<FakeContext<TrainOptions>> = {},
  made?: FakeTask<TrainOptions>,
): Promise<Trained> {
  const task = (key: string, after: readonly Artefact[]) => {
    const fake = fakeTask({ options: { ...trainOptions, ...options }, takes: { shards: [shards] } })
    return {
      ...fake,
      context: { ...fake.context, ...more, key, kind: key === 'features' ? key : 'fit', after, facts },
    }
  }
  const features = made ?? task('features', [])
  if (!made) await runFake(train, features.context)
  const tasks = new Map<string, FakeTask<TrainOptions>>()
  for (const model of models) {
    const each = task(model, [artefactOf('train', 'features', features.files, {}, 'features')])
    await runFake(train, each.context)
    tasks.set(model, each)
  }
  return {
    features,
    tasks,
    bundles: [...tasks].map(([model, { files }]) => artefactOf('train', model, files)),
  }
}

export interface Evaluated {
  readonly sets: readonly FakeTask<EvaluateOptions>[]
  readonly scores: FakeTask<EvaluateOptions>
}

/** The evaluate stage over memory: one features task a set, then the scores. */
export async function evaluateAll(
  given: {
    readonly bundles: readonly Artefact[]
    readonly centres: Artefact
    readonly shards: Artefact
    readonly evaluation: { readonly [name: string]: Json }
  },
  options: Partial<EvaluateOptions> = {},
  more: Partial<FakeContext<EvaluateOptions>> = {},
): Promise<Evaluated> {
  const takes = { bundles: given.bundles, centres: [given.centres], shards: [given.shards] }
  const task = (kind: string, key: string, after: readonly Artefact[], params?: Json) => {
    const made = fakeTask({ options: { ...evaluateOptions, ...options }, takes })
    return {
      ...made,
      context: { ...made.context, ...more, kind, key, after, params, facts, evaluation: given.evaluation },
    }
  }
  const sets: FakeTask<EvaluateOptions>[] = []
  for (const set of Object.keys(given.evaluation)) {
    const each = task('features', `features-${set}`, [], { set })
    await runFake(evaluate, each.context)
    sets.push(each)
  }
  const scores = task(
    'scores',
    'scores',
    sets.map(({ files }, index) => artefactOf('evaluate', `features-${index}`, files, {}, 'features')),
  )
  await runFake(evaluate, scores.context)
  return { sets, scores }
}
