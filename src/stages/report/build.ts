import { expertFolder } from '../../core/model-key.js'
import { expertName, readExpert } from '../../artefacts/bundle.js'
import { driftName, readDrift, type Drift } from '../../artefacts/drift.js'
import type { Balance } from '../../artefacts/figures.js'
import { readEncoderDescription } from '../../artefacts/encoder-description.js'
import { readMetrics } from '../../artefacts/metrics.js'
import { qualityName, readQuality, type Quality } from '../../artefacts/quality.js'
import { hasFile } from '../../artefacts/recorded.js'
import { readRouting, routingName } from '../../artefacts/routing.js'
import { readScores, scoresName } from '../../artefacts/scores.js'
import { readSizes, sizesName, type Sizes } from '../../artefacts/sizes.js'
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
import { ports } from './ports.js'
import type { ReportOptions } from './spec.js'

/** Collects the page's data from the artefacts of all upstream stages. */
export async function buildModel({
  takes,
  splits,
  options,
  facts,
}: TaskContext<ReportOptions>): Promise<ReportModel> {
  const quality = await firstWith(takes.centres, qualityName, readQuality)
  const drift = await firstWith(takes.drift, driftName, readDrift)
  const scores = await firstWith(takes.scores, scoresName, readScores)
  const routing = await firstWith(takes.scores, routingName, readRouting)
  const sizes = await firstWith(takes.shards, sizesName, readSizes)
  const vectors = takes.vectors?.[0]
  return {
    version: 1,
    title: options.title,
    pipeline: pipelineOf(
      takes,
      splits,
      facts,
      vectors && (await asSource(readEncoderDescription(vectors))).about,
    ),
    clusters: quality ? clustersOf(quality) : null,
    drift: drift ? driftOf(drift) : null,
    experts: await expertsOf(quality, sizes, takes.shards ?? [], options.pictures),
    holdout: sizes?.holdout
      ? { rows: sizes.holdout.own, shards: sizes.holdout.shards, bytes: sizes.holdout.bytes }
      : null,
    training: await trainingOf(takes.bundles ?? []),
    evaluation: scores
      ? {
          tasks: scores.tasks,
          verdict: scores.verdict.text,
          by_rule: scores.verdict.by_rule,
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

/** The document of the first artefact that has it; undefined if there is none. */
async function firstWith<T>(
  artefacts: readonly Artefact[] | undefined,
  name: string,
  read: (artefact: Artefact) => Promise<T>,
): Promise<T | undefined> {
  const artefact = artefacts?.find((each) => hasFile(each, name))
  return artefact && asSource(read(artefact))
}

/** Reports an unusable document with the report's own error code. */
async function asSource<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'E_DOCUMENT') throw error
    throw new PipelineError({ ...error.toJSON(), code: 'E_REPORT_SOURCE', cause: error })
  }
}

async function trainingOf(bundles: readonly Artefact[]): Promise<TrainedPart[]> {
  const models = bundles.filter((bundle) => hasFile(bundle, expertName))
  const parts: TrainedPart[] = []
  for (const bundle of models) {
    const { model } = await asSource(readExpert(bundle))
    const { shrinkage, validation } = await asSource(readMetrics(bundle))
    const { rows, cosine, reciprocal_rank } = validation?.all ?? {}
    parts.push({
      model,
      rows: bundle.rows_out,
      shrinkage: shrinkage ?? null,
      validation:
        rows === undefined || cosine === undefined || reciprocal_rank === undefined
          ? null
          : { rows, cosine, reciprocal_rank },
      digest: bundle.files.find(({ name }) => name === 'image.onnx')?.sha256 ?? null,
    })
  }
  return parts.sort((a, b) => byCodeUnit(a.model, b.model))
}

function pipelineOf(
  takes: { readonly [port: string]: readonly Artefact[] },
  splits: readonly Split[],
  facts: Facts,
  about: string | undefined,
): PipelinePart {
  const shards = new Map(splits.map((split) => [split.shard.id, split.shard.size]))
  const model = facts.encoder === undefined ? undefined : encoderOf(facts).model
  return {
    inputs: { shards: shards.size, bytes: [...shards.values()].reduce((sum, size) => sum + size, 0) },
    stages: Object.entries(ports).flatMap(([port, { kind }]) => stageParts(kind.name, takes[port] ?? [])),
    encoder_about: about ?? null,
    encoder:
      model === undefined
        ? null
        : model === 'builtin'
          ? 'the built-in static encoder'
          : (model.split('/').filter(Boolean).at(-1) ?? null),
  }
}

function stageParts(makes: string, artefacts: readonly Artefact[]): StagePart[] {
  const stages = new Set(artefacts.map(({ stage }) => stage))
  return [...stages].map((name) =>
    stagePart(
      name,
      makes,
      artefacts.filter(({ stage }) => stage === name),
    ),
  )
}

function stagePart(stage: string, makes: string, artefacts: readonly Artefact[]): StagePart {
  const dropped: { [reason: string]: number } = {}
  for (const { accounting } of artefacts)
    for (const [reason, rows] of Object.entries(accounting.dropped))
      dropped[reason] = (dropped[reason] ?? 0) + rows
  const sum = (of: (artefact: Artefact) => number) =>
    artefacts.reduce((total, artefact) => total + of(artefact), 0)
  return {
    stage,
    makes,
    tasks: artefacts.length,
    rows_in: sum(({ accounting }) => accounting.rows_in),
    expanded: sum(({ accounting }) => accounting.expanded),
    rows_out: sum(({ accounting }) => accounting.rows_out),
    dropped: Object.fromEntries(Object.entries(dropped).sort(([a], [b]) => (a < b ? -1 : 1))),
    fingerprint: digestOfJson(artefacts.map(({ fingerprint }) => fingerprint)),
  }
}

function clustersOf(quality: Quality): ClustersPart {
  const first = new Map(
    quality.fine_words.map(({ fine, words }) => [
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
    silhouette: { experts: quality.silhouette.experts, fine: quality.silhouette.fine },
    stability: quality.stability
      ? { experts: quality.stability.experts, fine: quality.stability.fine }
      : null,
    map: {
      experts: quality.map.experts.map(({ x, y, rows }) => ({ x, y, rows })),
      fine: quality.map.fine.map(({ x, y, rows, fine, expert }) => ({
        x,
        y,
        rows,
        expert,
        label: first.get(fine) ?? '',
      })),
    },
  }
}

function driftOf({ advice, because, rows, beyond, shift, distance, by_expert }: Drift): DriftPart {
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

function balanceOf({ min, median, max, max_over_mean, gini, empty }: Balance): BalancePart {
  return { min, median, max, max_over_mean, gini, empty }
}

async function expertsOf(
  quality: Quality | undefined,
  sizes: Sizes | undefined,
  shards: readonly Artefact[],
  pictures: number,
): Promise<ExpertCard[]> {
  const cards: ExpertCard[] = []
  for (let expert = 0; expert < (quality?.experts ?? 0); expert++) {
    const words = quality?.expert_words[expert]
    const set = sizes?.[expertFolder(expert)]
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
