import { PipelineError } from '../core/error.js'
import type { Json } from '../core/json.js'
import { parseJson } from '../core/parse-json.js'
import type { SkippedFiles } from '../io/inputs/skipped.js'
import type { Store } from '../io/store/store.js'
import type { Profile } from '../manifest/profile.js'
import type { SchedulerTable } from '../schedulers/table.js'
import { explainPlan, type StageReason } from '../planner/explain.js'
import { upTo } from '../planner/graph.js'
import { makePlan, type PlanNode } from '../planner/plan.js'
import { planSummary, type PlanSummary, summarise } from '../planner/comparable-plan.js'
import type { Plan } from '../planner/types.js'
import { putPlugin } from '../plugins/stored.js'
import type { StageRegistry } from '../stages/stage-registry.js'
import { earlierResults } from './adoption/earlier-tasks.js'
import { foresee, type Foreseen } from './adoption/foresee.js'
import { finishedTasks } from './finished-tasks.js'
import { rememberTasks } from './last-tasks.js'
import { findLast, lastKey } from './last-documents.js'
import type { ManifestPlugins } from './manifest-plugins.js'
import { type ManifestOptions, nodesOf, openManifest } from './open-manifest.js'
import { runBy } from './owner.js'
import type { RunBy } from './owner.js'
import { openStorage, type RunSetup } from './storage.js'
import { Learned } from './learned.js'
import { takeSurvey } from './survey.js'

export interface PrepareOptions extends ManifestOptions {
  /** Plan only this node and the nodes that it needs. */
  readonly until?: string | undefined
  /** Plan only shards with these identities. */
  readonly identities?: ReadonlySet<string> | undefined
  /** Read the bytes of local inputs again instead of recalling their digests. */
  readonly rehash?: boolean | undefined
}

/** A planned manifest: the plan, the tasks that are done, and why the others would run. */
export interface Prepared {
  readonly path: string
  readonly plan: Plan
  /** The last stage, if `--until` leaves out others. */
  readonly until: string | undefined
  readonly setup: RunSetup
  /** Number of worker processes in the profile. */
  readonly workers: number | undefined
  readonly profile: Profile | undefined
  readonly stages: StageRegistry
  readonly plugins: ManifestPlugins
  /** The built-in schedulers and those of the manifest's plugins. */
  readonly schedulers: SchedulerTable
  readonly done: ReadonlySet<string>
  /** Which of the other tasks adopt an equal result that the store has. */
  readonly foreseen: Foreseen
  readonly reasons: readonly StageReason[]
  /** What the input holds and no stage reads. */
  readonly skipped: readonly SkippedFiles[]
  /** Sentences about shards with the same bytes. */
  readonly warnings: readonly string[]
  /** What earlier runs on this machine showed, for estimates. */
  readonly learned: Learned
  /**
   * Copies the manifest's plugins into the store, from where workers load them. Call it before any task
   * runs.
   */
  readonly keepPlugins: () => Promise<void>
  /** Stores the summary of this plan, to compare the next plan with it. */
  readonly remember: () => Promise<void>
}

export async function prepare(path: string, options: PrepareOptions): Promise<Prepared> {
  const { manifest, setup, workers, profile, stages, plugins } = await openManifest(path, options)
  const all = nodesOf({ manifest, stages })
  const nodes = options.until === undefined ? all : upTo(all, known(options.until, all))
  const evaluation = (manifest.evaluation ?? {}) as { readonly [name: string]: Json }
  const { store } = await openStorage(setup)
  const learned = await Learned.open()
  const { skipped, warnings, ...survey } = await takeSurvey({
    learned,
    input: {
      ...manifest.input,
      manifest: path,
      own: ownFilesOf(options.profile ?? manifest.profile, options.lock),
    },
    nodes,
    evaluation,
    settings: setup.settings,
    rehash: options.rehash,
    identities: options.identities,
    store,
  })
  const plan = makePlan(
    { name: manifest.name, nodes, evaluation, rows_per_split: manifest.input.rows_per_split },
    { ...survey, plugins: plugins.digests },
  )
  const done = await finishedTasks(store, plan)
  const foreseen = await foresee({
    plan,
    store,
    stages,
    done,
    earlier: () => earlierResults(path, options, store),
  })
  const by = await runBy(path)
  const before = await lastSummary(store, by, manifest.name)
  return {
    path,
    plan,
    until: nodes.length < all.length ? options.until : undefined,
    setup,
    workers,
    profile,
    stages,
    plugins,
    schedulers: plugins.schedulers,
    done,
    foreseen,
    reasons: explainPlan(plan, done, before, foreseen),
    skipped,
    warnings,
    learned,
    keepPlugins: async () => {
      for (const bundle of plugins.bundles) await putPlugin(store, bundle)
    },
    remember: async () => {
      await rememberTasks(store, by, plan, plugins.bundles.length > 0)
      const key = lastKey('summary', manifest.name, by)
      const current = await store.stat(key)
      await store.replace(
        key,
        new TextEncoder().encode(JSON.stringify(merged(before, summarise(plan)))),
        current?.version,
      )
    },
  }
}

/** Files of the run that a folder of the input may hold: a profile named by its path, and `--lock`. */
function ownFilesOf(...paths: readonly (string | undefined)[]): readonly string[] {
  return paths.filter((path) => path !== undefined)
}

/** Keeps the stages that a plan with `until` leaves out. */
function merged(before: PlanSummary | undefined, now: PlanSummary): PlanSummary {
  const names = new Set(now.stages.map((stage) => stage.node))
  return {
    stages: [...now.stages, ...(before?.stages ?? []).filter((stage) => !names.has(stage.node))],
    inputs: now.inputs,
  }
}

async function lastSummary(store: Store, by: RunBy, name: string): Promise<PlanSummary | undefined> {
  const key = await findLast(store, 'summary', name, by)
  if (key === undefined) return undefined
  try {
    return parseJson(await store.read(key), key, planSummary)
  } catch {
    return undefined
  }
}

function known(until: string, nodes: readonly PlanNode[]): string {
  if (nodes.some((node) => node.name === until)) return until
  throw new PipelineError({
    code: 'E_UNKNOWN_STAGE',
    failure: 'usage',
    message: `this pipeline has no stage ${until}`,
    expected: nodes.map((node) => node.name).join(', '),
  })
}
