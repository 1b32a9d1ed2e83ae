import { isExpert, modelKinds, parseModelKey } from '../../core/model-key.js'
import { readExpert } from '../../artefacts/bundle.js'
import { readCentres, centreSets } from '../../artefacts/centres.js'
import { readEvaluationSet } from '../../artefacts/evaluation-set.js'
import { readMetrics } from '../../artefacts/metrics.js'
import { writeRouting, type Routing } from '../../artefacts/routing.js'
import { writeScores, type BestSingle, type Scores } from '../../artefacts/scores.js'
import { readTrainingCost, type TrainingCost } from '../../artefacts/training-cost.js'
import { openGemm } from '../../math/gemm/gemm.js'
import { ruleNamed } from '../../routing/registry.js'
import { defaultScale } from '../../routing/rule.js'
import type { Artefact } from '../define.js'
import { choose, type Choices } from './choose.js'
import { scoreSet } from './scored-set.js'
import type { ScoredSet } from './scoring.js'
import { readSetFeatures } from './set-features.js'
import { splitSet } from './split-set.js'
import type { Context } from './tasks.js'
import { verdictOf } from './verdict.js'

/** Computes all scores from features: reads no images. */
export async function makeScores(context: Context<'scores'>): Promise<void> {
  const { options, takes, after, out, threads, account, progress } = context
  account.rowsIn(0)
  account.rowsOut(0)
  const bundles = takes.bundles ?? []
  const centres = centreSets(await readCentres(takes.centres![0]!))
  const gemm = openGemm(threads)
  const sets: ScoredSet[] = []
  let best: BestSingle | null = null
  try {
    const groups = await bySet(after.features)
    const route = { rules: options.routing.map(ruleNamed), lambda: options.lambda }
    const chosen: Choices[] = []
    for (const artefacts of groups) {
      if (options.validation_share === 0) break
      const { validation } = splitSet(
        await readSetFeatures(artefacts),
        options.validation_share,
        options.seed,
      )
      chosen.push(
        await choose(validation, centres, { lambda: options.lambda, temperature: options.temperature }, gemm),
      )
    }
    best = (await bestOnTraining(bundles)) ?? bestOnValidation(chosen)
    for (const [index, artefacts] of groups.entries()) {
      const whole = await readSetFeatures(artefacts)
      sets.push(
        await scoreSet(
          options.validation_share === 0
            ? whole
            : splitSet(whole, options.validation_share, options.seed).test,
          centres,
          {
            rounds: options.bootstrap_rounds,
            seed: options.seed,
            linear_probe: options.linear_probe,
            probe_shots: options.probe_shots,
            best_single: best?.model,
            route: {
              ...route,
              temperature: chosen[index]?.temperature ?? options.temperature ?? defaultScale.temperature,
            },
          },
          gemm,
        ),
      )
      progress(sets.length, groups.length)
    }
  } finally {
    await gemm.close()
  }
  const differences = sets.flatMap((set) => set.differences)
  const scores: Scores = {
    version: 1,
    tasks: sets.map(({ task }) => task),
    scores: sets.flatMap((set) => set.scores),
    differences,
    verdict: verdictOf(differences),
    best_single: best,
    notes: await notesOf(bundles),
  }
  const routing: Routing = {
    version: 1,
    experts: centres.fine.expert_count,
    tasks: sets.flatMap(({ routed }) => routed),
  }
  await writeScores(out, scores)
  await writeRouting(out, routing)
  context.note('verdict', scores.verdict.text)
}

/** Groups the tasks by set, sets in the order of their tasks. */
async function bySet(artefacts: readonly Artefact[]): Promise<Artefact[][]> {
  const groups = new Map<string, Artefact[]>()
  for (const artefact of artefacts) {
    const { definition } = await readEvaluationSet(artefact)
    groups.set(definition.name, [...(groups.get(definition.name) ?? []), artefact])
  }
  return [...groups.values()]
}

/** The expert with the best mean reciprocal rank on the training data's validation split. */
async function bestOnTraining(bundles: readonly Artefact[]): Promise<BestSingle | null> {
  const by_model: { [model: string]: number } = {}
  for (const bundle of bundles) {
    const { validation } = await readMetrics(bundle)
    const value = validation?.all?.reciprocal_rank
    if (typeof value === 'number') by_model[bundle.key] = value
  }
  return bestOf(by_model, 'reciprocal_rank')
}

/** The expert with the best mean reciprocal rank on the validation rows of all evaluation sets. */
function bestOnValidation(chosen: readonly Choices[]): BestSingle | null {
  const models = new Set(chosen.flatMap(({ by_model }) => Object.keys(by_model)))
  const by_model = Object.fromEntries(
    [...models].map((model) => [
      model,
      chosen.reduce((sum, each) => sum + (each.by_model[model] ?? 0), 0) / chosen.length,
    ]),
  )
  return bestOf(by_model, 'reciprocal_rank on the validation rows of the evaluation sets')
}

function bestOf(by_model: { readonly [model: string]: number }, metric: string): BestSingle | null {
  const [model] = Object.keys(by_model)
    .filter(isExpert)
    .toSorted((a, b) => by_model[b]! - by_model[a]!)
  return model === undefined ? null : { model, metric, by_model }
}

async function notesOf(bundles: readonly Artefact[]): Promise<string[]> {
  const engines = new Set<string | undefined>()
  for (const bundle of bundles) engines.add((await readExpert(bundle)).engine)
  return engines.has('adapter')
    ? [
        'The adapter engine previews data experts over frozen features. ' +
          'A gain here is a hint that clustering helps on this data, ' +
          'not a promise for CLIP models that are trained.',
        'All adapter models are linear maps of the same features, ' +
          'so a linear probe on several of them cannot show what clustering does.',
      ]
    : costOf(bundles)
}

/** The training cost at which the models are compared, if they were trained. */
async function costOf(bundles: readonly Artefact[]): Promise<string[]> {
  const costs = await Promise.all(
    bundles.map(async (bundle) => ({ key: bundle.key, ...(await readTrainingCost(bundle)) })),
  )
  const lines = modelKinds.flatMap((kind) => {
    const own = costs.filter(({ key }) => parseModelKey(key)?.kind === kind)
    const sum = (name: keyof TrainingCost) => own.reduce((total, cost) => total + (cost[name] ?? 0), 0)
    const samples = sum('samples_seen')
    if (samples === 0) return []
    const each = own.length > 1 ? `${own.length} models of kind ${kind} together` : kind
    return [
      `${each}: ${String(samples).replace(/\B(?=(\d{3})+$)/g, ',')} samples, ` +
        `${sum('gpu_hours').toFixed(3)} GPU-hours`,
    ]
  })
  return lines.length === 0 ? [] : [`Training: ${lines.join('; ')}.`]
}
