import { digestOfJson } from '../../core/digest.js'
import type { Json } from '../../core/json.js'
import type { BalancePart, ClustersPart, ExpertCard, PipelinePart, ReportModel, StagePart } from '../../report/model.js'
import type { Artefact, Split, TaskContext } from '../define.js'
import { picturesOf } from './pictures.js'
import type { ReadBalance, ReadQuality, ReadRouting, ReadScores, ReadSizes } from './reads.js'
import type { ReportOptions } from './spec.js'

/** Gathers what the page shows from the files of everything before it. */
export async function buildModel({ takes, splits, options, facts }: TaskContext<ReportOptions>): Promise<ReportModel> {
  const quality = await readJson<ReadQuality>(takes.centres, 'quality.json')
  const scores = await readJson<ReadScores>(takes.scores, 'scores.json')
  const routing = await readJson<ReadRouting>(takes.scores, 'routing.json')
  const sizes = await readJson<ReadSizes>(takes.shards, 'sizes.json')
  return {
    version: 1,
    title: options.title,
    pipeline: pipelineOf(takes, splits, facts.encoder),
    clusters: quality ? clustersOf(quality) : null,
    experts: await expertsOf(quality, sizes, takes.shards ?? [], options.pictures),
    evaluation: scores
      ? { tasks: scores.tasks, verdict: scores.verdict.text, best_single: scores.best_single?.model ?? null, differences: scores.differences, notes: scores.notes }
      : null,
    scores: scores?.scores ?? [],
    routing: (routing?.tasks ?? []).map(({ task, direction, rules, classes, warnings }) => ({ task, direction, rules, classes, warnings })),
  }
}

async function readJson<T>(artefacts: readonly Artefact[] | undefined, name: string): Promise<T | undefined> {
  for (const artefact of artefacts ?? []) {
    if (!artefact.files.some((file) => file.name === name)) continue
    const source = await artefact.open(name)
    return JSON.parse(new TextDecoder().decode(await source.read(0, source.size))) as T
  }
  return undefined
}

function pipelineOf(takes: { readonly [port: string]: readonly Artefact[] }, splits: readonly Split[], encoder: Json | undefined): PipelinePart {
  const byStage = new Map<string, Artefact[]>()
  for (const artefact of Object.values(takes).flat()) byStage.set(artefact.stage, [...(byStage.get(artefact.stage) ?? []), artefact])
  const order = ['ingest', 'embed', 'cluster', 'assign', 'write', 'train', 'evaluate']
  const shards = new Map(splits.map((split) => [split.shard.id, split.shard.size]))
  const model = (encoder as { readonly model?: string } | undefined)?.model
  return {
    inputs: { shards: shards.size, bytes: [...shards.values()].reduce((sum, size) => sum + size, 0) },
    stages: order.flatMap((stage) => (byStage.has(stage) ? [stagePart(stage, byStage.get(stage) as Artefact[])] : [])),
    encoder: model === undefined ? null : model === 'builtin' ? 'the built-in static encoder' : (model.split('/').filter(Boolean).at(-1) ?? null),
  }
}

function stagePart(stage: string, artefacts: readonly Artefact[]): StagePart {
  const dropped: { [reason: string]: number } = {}
  for (const { accounting } of artefacts) for (const [reason, rows] of Object.entries(accounting.dropped)) dropped[reason] = (dropped[reason] ?? 0) + rows
  const sum = (of: (artefact: Artefact) => number) => artefacts.reduce((total, artefact) => total + of(artefact), 0)
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
  const first = new Map((quality.fine_words ?? []).map(({ fine, words }) => [fine, words[0]?.word ?? '']))
  return {
    fine: quality.fine,
    experts: quality.experts,
    sampled: quality.rows.sampled,
    inertia: quality.inertia.mean,
    bound: quality.balance.bound,
    fine_balance: balanceOf(quality.balance.fine.assigned),
    expert_balance: balanceOf(quality.balance.experts.assigned),
    silhouette: quality.silhouette ? { experts: quality.silhouette.experts, fine: quality.silhouette.fine } : null,
    stability: quality.stability ? { experts: quality.stability.experts, fine: quality.stability.fine } : null,
    map: quality.map
      ? { experts: quality.map.experts.map(({ x, y, rows }) => ({ x, y, rows })), fine: quality.map.fine.map(({ x, y, rows, fine, expert }) => ({ x, y, rows, expert, label: first.get(fine) ?? '' })) }
      : null,
  }
}

function balanceOf({ min, median, max, max_over_mean, gini, empty }: ReadBalance): BalancePart {
  return { min, median, max, max_over_mean, gini, empty }
}

async function expertsOf(quality: ReadQuality | undefined, sizes: ReadSizes | undefined, shards: readonly Artefact[], pictures: number): Promise<ExpertCard[]> {
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
      central: (words?.central ?? []).map(({ caption }) => caption),
      marginal: (words?.marginal ?? []).map(({ caption }) => caption),
      pictures: await picturesOf(shards, expert, pictures),
    })
  }
  return cards
}
