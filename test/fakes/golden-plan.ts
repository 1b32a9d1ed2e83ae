import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../src/core/digest.js'
import { loadManifest } from '../../src/manifest/load.js'
import type { Lock } from '../../src/planner/lock.js'
import { evaluationFiles } from '../../src/planner/evaluation-entries.js'
import { makePlan, type PlanNode } from '../../src/planner/plan.js'
import type { Plan, SurveyedShard, Survey } from '../../src/planner/types.js'
import { builtinStages } from '../../src/stages/builtin-stages.js'
import { root } from '../source-tree.js'

/** See `test/golden/locks/README.md`. */
const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(root, 'test/golden/locks', `${name}.json`), 'utf8'))

export const goldenLock = read('quickstart.lock') as Lock

export interface GoldenPlan {
  readonly name: string
  readonly manifest: string
  readonly set?: readonly string[]
  readonly train?: { readonly [option: string]: unknown }
  /** `train` as it was spelled when these fingerprints were made, where that has changed. */
  readonly before?: { readonly [option: string]: unknown }
  /** Node → fingerprint of its tasks. */
  readonly stages: { readonly [node: string]: string }
}

export const goldenPlans = read('plans') as readonly GoldenPlan[]

const survey = read('survey') as Pick<Survey, 'runtime'> & {
  readonly shards: readonly SurveyedShard[]
  /** `node model` → digest. */
  readonly models: { readonly [model: string]: string }
}

export const loadGolden = ({ manifest, set = [], train }: Omit<GoldenPlan, 'name' | 'stages'>) =>
  loadManifest(join(root, 'manifests', `${manifest}.yaml`), {
    stages: builtinStages.all,
    set: [...set, ...(train ? [`stages.train=${JSON.stringify(train)}`] : [])],
  })

/**
 * Versions that these files were made with, of stages whose version is higher now: everything else about
 * them, and all that comes after them, must stay as it was. `write` 2 adds `crawl_key` to every sample.
 */
const before: { readonly [stage: string]: number } = { write: 1 }

/**
 * A shipped manifest planned over the quickstart's crawl; files that it names have a digest made of their
 * name.
 */
export async function planGolden(of: Omit<GoldenPlan, 'name' | 'stages'>): Promise<Plan> {
  const { manifest, diagnostics } = await loadGolden(of)
  if (!manifest) throw new Error(diagnostics.map(({ message, hint }) => `${message} (${hint})`).join('\n'))
  const nodes = manifest.pipeline.nodes.map(({ name, stage, takes }): PlanNode => ({
    name,
    stage: { ...builtinStages.get(stage), version: before[stage] ?? builtinStages.get(stage).version },
    options: manifest.stages[name] ?? {},
    takes,
  }))
  const models = nodes.flatMap(({ name, stage, options }) =>
    Object.entries(stage.bind(options).models).map(([model, uri]): [string, string] => [
      uri,
      survey.models[`${name} ${model}`] ?? sha256(`${name} ${model}`),
    ]),
  )
  const evaluation = Object.entries(manifest.evaluation).flatMap(([set, members]) =>
    evaluationFiles
      .filter((member) => typeof members[member] === 'string')
      .map((member): [string, string] => [`${set}.${member}`, sha256(`evaluation ${set}.${member}`)]),
  )
  return makePlan(
    {
      name: manifest.name,
      nodes,
      evaluation: manifest.evaluation,
      rows_per_split: manifest.input.rows_per_split,
    },
    {
      shards: survey.shards,
      runtime: survey.runtime,
      models: Object.fromEntries(models),
      evaluation: Object.fromEntries(evaluation),
    },
  )
}
