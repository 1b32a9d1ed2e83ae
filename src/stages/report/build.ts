import { digestOfJson } from '../../core/digest.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import type {
  BalancePart,
  ClustersPart,
  DriftPart,
  ExpertCard,
  PipelinePart,
  ReportModel,
  StagePart,
  TrainedPart,
} from '../../report/model.js'
import type { Artefact, Split, TaskContext } from '../define.js'
import { encoderOf, type Facts } from '../facts.js'
import { picturesOf, shortened } from './pictures.js'
import { driftShape, qualityShape, routingShape, scoresShape, sizesShape, trainingShape } from './reads.js'
import type {
  ReadBalance,
  ReadDrift,
  ReadQuality,
  ReadRouting,
  ReadScores,
  ReadSizes,
  ReadTraining,
} from './reads.js'
import { checkShape, type Shape } from './shape.js'
import type { ReportOptions } from './spec.js'

/** Gathers what the page shows from the files of everything before it. */
export async function buildModel({
  takes,
  splits,
  options,
  facts,
}: TaskContext<ReportOptions>): Promise<ReportModel> {
  const quality = await readJson<ReadQuality>(takes.centres, 'quality.json', qualityShape)
  const drift = await readJson<ReadDrift>(takes.drift, 'drift.json', driftShape)
  const scores = await readJson<ReadScores>(takes.scores, 'scores.json', scoresShape)
  const routing = await readJson<ReadRouting>(takes.scores, 'routing.json', routingShape)
  const sizes = await readJson<ReadSizes>(takes.shards, 'sizes.json', sizesShape)
  return {
    version: 1,
    title: options.title,
    pipeline: pipelineOf(takes, splits, facts),
    clusters: quality ? clustersOf(quality) : null,
    drift: drift ? driftOf(drift) : null,
    experts: await expertsOf(quality, sizes, takes.shards ?? [], options.pictures),
    holdout: sizes?.holdout
      ? { rows: sizes.holdout.own, shards: sizes.holdout.shards, bytes: sizes.holdout.bytes }
      : null,
    training: trainingOf(takes.bundles ?? []),
    evaluation: scores
      ? {
          tasks: scores.tasks,
          verdict: scores.verdict.text,
          by_rule: scores.verdict.by_rule ?? {},
          best_single: scores.best_single?.model ?? null,
          differences: scores.differences,
          notes: scores.notes,
        }
      : null,
    scores: scores?.scores ?? [],
    routing: (routing?.tasks ?? []).map(({ task, direction, rules, classes, warnings }) => ({
      task,
      direction,
      rules,
      classes,
      warnings,
    })),
  }
}

async function readJson<T>(
  artefacts: readonly Artefact[] | undefined,
  name: string,
  shape: Shape,
): Promise<T | undefined> {
  for (const artefact of artefacts ?? []) {
    if (!artefact.files.some((file) => file.name === name)) continue
    const source = await artefact.open(name)
    const value = parse(
      new TextDecoder().decode(await source.read(0, source.size)),
      `${artefact.stage}/${artefact.key}/${name}`,
    )
    checkShape(value, shape, `${artefact.stage}/${artefact.key}/${name}`)
    return value as T
  }
  return undefined
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PipelineError({
      code: 'E_REPORT_SOURCE',
      message: 'the report cannot read a file that is not JSON',
      place,
      found: text.slice(0, 80),
      cause,
    })
  }
}

function trainingOf(bundles: readonly Artefact[]): TrainedPart[] {
  return bundles
    .filter(({ notes }) => notes.model !== undefined)
    .map(({ stage, key, notes, rows_out, files }) => {
      checkShape(notes, trainingShape, `${stage}/${key}`)
      const { model, shrinkage, validation } = notes as unknown as ReadTraining
      return {
        model,
        rows: rows_out,
        shrinkage: shrinkage ?? null,
        validation: validation
          ? { rows: validation.rows, cosine: validation.cosine, reciprocal_rank: validation.reciprocal_rank }
          : null,
        digest: files.find(({ name }) => name === 'image.onnx')?.sha256 ?? null,
      }
    })
    .sort((a, b) => byCodeUnit(a.model, b.model))
}

function aboutOf(vectors: readonly Artefact[]): string | null {
  const about = (vectors[0]?.notes.encoder as { readonly about?: unknown } | undefined)?.about
  return typeof about === 'string' ? about : null
}

function pipelineOf(
  takes: { readonly [port: string]: readonly Artefact[] },
  splits: readonly Split[],
  facts: Facts,
): PipelinePart {
  const byStage = new Map<string, Artefact[]>()
  for (const artefact of Object.values(takes).flat())
    byStage.set(artefact.stage, [...(byStage.get(artefact.stage) ?? []), artefact])
  const order = ['ingest', 'embed', 'cluster', 'assign', 'write', 'train', 'evaluate']
  const shards = new Map(splits.map((split) => [split.shard.id, split.shard.size]))
  const model = facts.encoder === undefined ? undefined : encoderOf(facts).model
  return {
    inputs: { shards: shards.size, bytes: [...shards.values()].reduce((sum, size) => sum + size, 0) },
    stages: order.flatMap((stage) =>
      byStage.has(stage) ? [stagePart(stage, byStage.get(stage) as Artefact[])] : [],
    ),
    encoder_about: aboutOf(takes.vectors ?? []),
    encoder:
      model === undefined
        ? null
        : model === 'builtin'
          ? 'the built-in static encoder'
          : (model.split('/').filter(Boolean).at(-1) ?? null),
  }
}

function stagePart(stage: string, artefacts: readonly Artefact[]): StagePart {
  const dropped: { [reason: string]: number } = {}
  for (const { accounting } of artefacts)
    for (const [reason, rows] of Object.entries(accounting.dropped))
      dropped[reason] = (dropped[reason] ?? 0) + rows
  const sum = (of: (artefact: Artefact) => number) =>
    artefacts.reduce((total, artefact) => total + of(artefact), 0)
  return {
    stage,
    tasks: artefacts.length,
    rows_in: sum(({ accounting }) => accounting.rows_in),
    expanded: sum(({ accounting }) => accounting.expanded),
    rows_out: sum(({ accounting }) => accounting.rows_out),
    dropped: Object.fromEntries(Object.entries(dropped).sort(([a], [b]) => (a < b ? -1 : 1))),
    fingerprint: digestOfJson(artefacts.map(({ fingerprint }) => fingerprint)),
  }
}

function clustersOf(quality: ReadQuality): ClustersPart {
  const first = new Map(
    (quality.fine_words ?? []).map(({ fine, words }) => [
      fine,
      words.find(({ word }) => word.length > 3)?.word ?? words[0]?.word ?? '',
    ]),
  )
  return {
    fine: quality.fine,
    experts: quality.experts,
    sampled: quality.rows.sampled,
    inertia: quality.inertia.mean,
    bound: quality.balance.bound,
    fine_balance: balanceOf(quality.balance.fine.assigned),
    expert_balance: balanceOf(quality.balance.experts.assigned),
    silhouette: quality.silhouette
      ? { experts: quality.silhouette.experts, fine: quality.silhouette.fine }
      : null,
    stability: quality.stability
      ? { experts: quality.stability.experts, fine: quality.stability.fine }
      : null,
    map: quality.map
      ? {
          experts: quality.map.experts.map(({ x, y, rows }) => ({ x, y, rows })),
          fine: quality.map.fine.map(({ x, y, rows, fine, expert }) => ({
            x,
            y,
            rows,
            expert,
            label: first.get(fine) ?? '',
          })),
        }
      : null,
  }
}

function driftOf({ advice, because, rows, beyond, shift, distance, by_expert }: ReadDrift): DriftPart {
  return {
    advice,
    because,
    rows,
    beyond,
    shift,
    median: { now: distance.now?.p50 ?? null, before: distance.before.p50 },
    by_expert: by_expert.map(({ rows, share, share_before, beyond, now, before }) => ({
      rows,
      share,
      share_before,
      beyond,
      median: { now: now?.p50 ?? null, before: before?.p50 ?? null },
    })),
  }
}

function balanceOf({ min, median, max, max_over_mean, gini, empty }: ReadBalance): BalancePart {
  return { min, median, max, max_over_mean, gini, empty }
}

async function expertsOf(
  quality: ReadQuality | undefined,
  sizes: ReadSizes | undefined,
  shards: readonly Artefact[],
  pictures: number,
): Promise<ExpertCard[]> {
  const cards: ExpertCard[] = []
  for (let expert = 0; expert < (quality?.experts ?? 0); expert++) {
    const words = quality?.expert_words?.[expert]
    const set = sizes?.[`expert-${String(expert).padStart(2, '0')}`]
    cards.push({
      expert,
      own: set?.own ?? words?.rows ?? 0,
      ooc: set?.ooc ?? 0,
      shards: set?.shards ?? 0,
      bytes: set?.bytes ?? 0,
      words: (words?.words ?? []).map(({ word, lift }) => ({ word, lift })),
      central: (words?.central ?? []).map(({ caption }) => shortened(caption)),
      marginal: (words?.marginal ?? []).map(({ caption }) => shortened(caption)),
      pictures: await picturesOf(shards, expert, pictures),
    })
  }
  return cards
}
