import { short } from '../../planner/explain.js'
import { PipelineError } from '../../core/error.js'
import { canonicalJson, type Json } from '../../core/json.js'
import type { Lock } from '../../planner/lock.js'
import { spellingsOf, type Spellings } from '../../planner/option-entries.js'
import { score, type Score } from '../../artefacts/scores.js'
import { parseJson } from '../../core/parse-json.js'
import { list, object, type Shape } from '../../core/shape.js'
import { builtinStages } from '../../stages/builtin-stages.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import { lockedPage } from './locked-page.js'
import { findLock, isLockFile, manifestOfLock } from './location.js'
import { openHead, openManifest } from '../open-manifest.js'
import type { PrepareOptions } from '../prepare.js'

/** The part of a report's data that is compared. */
interface ReportScores {
  readonly scores: readonly Score[]
}

const reportScores: Shape<ReportScores> = object({ scores: list(score) })

/** `compare --json`. Lists have one entry per run, in the order of the arguments. */
export interface Comparison {
  readonly runs: readonly string[]
  /** Pinned entries (options, models, runtime) that differ between runs. */
  readonly differences: readonly { readonly name: string; readonly values: readonly (Json | null)[] }[]
  readonly stages: readonly {
    readonly stage: string
    readonly rows_out: readonly (number | null)[]
    readonly same_bytes: boolean
  }[]
  readonly scores: readonly {
    readonly task: string
    readonly metric: string
    readonly model: string
    readonly values: readonly (number | null)[]
  }[]
}

/**
 * Compares finished runs by their locks and reports. A run with `--set` is named by the lock that it wrote
 * next to its manifest.
 */
export async function compareRuns(named: readonly string[], options: PrepareOptions): Promise<Comparison> {
  if (named.length < 2)
    throw new PipelineError({
      code: 'E_USAGE',
      failure: 'usage',
      message: 'name at least two manifests or locks to compare',
    })
  const runs = named.map((path) =>
    isLockFile(path) ? { manifest: manifestOfLock(path), lock: path } : { manifest: path },
  )
  const locks = await Promise.all(
    runs.map(async ({ manifest, lock }) => (await findLock(manifest, { ...options, lock })).lock),
  )
  const opened = await Promise.all(runs.map(({ manifest }) => openToCompare(manifest, options)))
  const comparison = compareLocks(
    locks,
    await Promise.all(opened.map((manifest, run) => reportOf(manifest, locks[run]!))),
    opened.map(({ stages }) => stages),
  )
  // Runs of one manifest share its name.
  const unique = new Set(comparison.runs).size === comparison.runs.length
  return unique ? comparison : { ...comparison, runs: named }
}

/** Plugins are not loaded: locks and reports suffice to compare runs. */
async function openToCompare(manifest: string, options: PrepareOptions) {
  const head = await openHead(manifest, options)
  return head.has_plugins ? { setup: head.setup, stages: builtinStages } : openManifest(manifest, options)
}

/** Pure. A run without a report has no scores. */
export function compareLocks(
  locks: readonly Lock[],
  reports: readonly (ReportScores | undefined)[],
  /** The stages that are known for each run. */
  known: readonly StageRegistry[],
): Comparison {
  const pinned = locks.map(
    (lock, run) =>
      new Map(
        lock.stages.flatMap(({ stage, pinned: entries }) => {
          const spellings = spellingsIn(stage, known[run])
          return Object.entries(entries).flatMap(([name, value]) => spread(spellings[name] ?? name, value))
        }),
      ),
  )
  const names = [...new Set(pinned.flatMap((entries) => [...entries.keys()]))].filter(
    (name) => !name.startsWith('fact '),
  )
  const nodes = [...new Set(locks.flatMap((lock) => lock.stages.map((stage) => stage.node)))]
  const keys = new Map(
    reports
      .flatMap((report) => report?.scores ?? [])
      .map(({ task, metric, model }) => [`${task} ${metric} ${model}`, { task, metric, model }]),
  )
  return {
    runs: locks.map((lock) => lock.manifest),
    differences: names
      .map((name) => ({ name, values: pinned.map((entries) => entries.get(name) ?? null) }))
      .filter(({ values }) => new Set(values.map((value) => canonicalJson(value))).size > 1),
    stages: nodes.map((node) => {
      const stages = locks.map((lock) => lock.stages.find((stage) => stage.node === node))
      return {
        stage: node,
        rows_out: stages.map((stage) => stage?.rows_out ?? null),
        same_bytes: new Set(stages.map((stage) => stage?.root)).size === 1,
      }
    }),
    scores: [...keys.values()].map((key) => ({
      ...key,
      values: reports.map(
        (report) =>
          report?.scores.find(
            ({ task, metric, model }) => task === key.task && metric === key.metric && model === key.model,
          )?.value ?? null,
      ),
    })),
  }
}

/** A stage that is not known keeps the names in its lock. */
function spellingsIn(stage: string, known: StageRegistry | undefined): Spellings {
  return known?.has(stage) ? spellingsOf(known.get(stage)) : {}
}

/** Compares a group of options member by member. */
function spread(name: string, value: Json): [string, Json][] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [[name, value]]
  return Object.entries(value).flatMap(([key, inner]) => spread(`${name}.${key}`, inner as Json))
}

async function reportOf(
  { setup, stages }: Awaited<ReturnType<typeof openToCompare>>,
  lock: Lock,
): Promise<ReportScores | undefined> {
  const read = await lockedPage(lock, setup, stages)
  return read && parseJson(await read('json'), 'the data of the report', reportScores)
}

export function renderComparison({ runs, differences, stages, scores }: Comparison): string {
  const rows: string[][] = [['', ...runs]]
  for (const { name, values } of differences) rows.push([name, ...values.map((value) => short(value))])
  rows.push([])
  for (const { stage, rows_out, same_bytes } of stages)
    rows.push([
      `${stage} rows${same_bytes ? ' (same bytes)' : ''}`,
      ...rows_out.map((value) => (value === null ? '-' : String(value))),
    ])
  rows.push([])
  for (const { task, metric, model, values } of scores)
    rows.push([
      `${task} ${metric} ${model}`,
      ...values.map((value) => (value === null ? '-' : (value * 100).toFixed(1))),
    ])
  const widths = rows.reduce<number[]>(
    (max, row) => row.map((cell, i) => Math.max(max[i] ?? 0, cell.length)).concat(max.slice(row.length)),
    [],
  )
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
