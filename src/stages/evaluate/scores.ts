import { canonicalJsonPretty, type Json } from '../../core/json.js'
import { openGemm } from '../../math/gemm/gemm.js'
import type { Artefact, TaskContext } from '../define.js'
import { fileOf } from './bundle.js'
import { readCentres } from './centres.js'
import type { Options } from './options.js'
import type { Rule } from './route.js'
import { scoreSet, type ScoredSet } from './scored-set.js'
import type { RoutingDocument, ScoresDocument } from './scores-format.js'
import { aboutOf, readSetFeatures } from './set-features.js'
import { verdictOf } from './verdict.js'

/** All arithmetic on features: no image is looked at here. */
export async function makeScores(context: TaskContext<Options>): Promise<void> {
  const { options, takes, after, out, threads, account, progress } = context
  account.rowsIn(0)
  account.rowsOut(0)
  const bundles = takes.bundles ?? []
  const best = await bestSingle(bundles)
  const centres = await readCentres(takes.centres![0]!)
  const gemm = openGemm(threads)
  const sets: ScoredSet[] = []
  try {
    const groups = await bySet(after)
    for (const artefacts of groups) {
      sets.push(
        await scoreSet(
          await readSetFeatures(artefacts),
          centres,
          {
            rounds: options.bootstrap_rounds,
            seed: options.seed,
            linear_probe: options.linear_probe,
            best_single: best?.model,
            route: { rules: options.routing as readonly Rule[], lambda: options.lambda, temperature: options.temperature },
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
  const scores: ScoresDocument = {
    version: 1,
    tasks: sets.map(({ task }) => task),
    scores: sets.flatMap((set) => set.scores),
    differences,
    verdict: verdictOf(differences),
    best_single: best,
    notes: await notesOf(bundles),
  }
  const routing: RoutingDocument = { version: 1, experts: centres.experts, tasks: sets.flatMap(({ routed }) => routed) }
  await out.put('scores.json', `${canonicalJsonPretty(scores as unknown as Json)}\n`, scores.scores.length)
  await out.put('routing.json', `${canonicalJsonPretty(routing as unknown as Json)}\n`)
  context.note('verdict', scores.verdict.text)
}

/** Tasks of one set together, sets in the order of their tasks. */
async function bySet(artefacts: readonly Artefact[]): Promise<Artefact[][]> {
  const groups = new Map<string, Artefact[]>()
  for (const artefact of artefacts) {
    const { definition } = await aboutOf(artefact)
    groups.set(definition.name, [...(groups.get(definition.name) ?? []), artefact])
  }
  return [...groups.values()]
}

interface Metrics {
  readonly validation?: { readonly all?: { readonly reciprocal_rank?: number } }
}

/** The expert with the best mean reciprocal rank on the training data's validation split. */
async function bestSingle(bundles: readonly Artefact[]): Promise<ScoresDocument['best_single']> {
  const by_model: { [model: string]: number } = {}
  for (const bundle of bundles) {
    const metrics = JSON.parse(Buffer.from(await fileOf(bundle, 'metrics.json')).toString('utf8')) as Metrics
    const value = metrics.validation?.all?.reciprocal_rank
    if (typeof value === 'number') by_model[bundle.key] = value
  }
  const [model] = Object.keys(by_model).filter((name) => name.startsWith('expert-')).toSorted((a, b) => by_model[b]! - by_model[a]!)
  return model === undefined ? null : { model, metric: 'reciprocal_rank', by_model }
}

async function notesOf(bundles: readonly Artefact[]): Promise<string[]> {
  const engines = new Set<string>()
  for (const bundle of bundles) engines.add((JSON.parse(Buffer.from(await fileOf(bundle, 'expert.json')).toString('utf8')) as { readonly engine: string }).engine)
  return engines.has('adapter')
    ? [
        'The adapter engine previews data experts over frozen features. A gain here is a hint that clustering helps on this data, not a promise for CLIP models that are trained.',
        'All adapter models are linear maps of the same features, so a linear probe on several of them cannot show what clustering does.',
      ]
    : []
}
