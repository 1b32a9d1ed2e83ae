import { readExperts } from '../../artefacts/centres.js'
import { writeDrift, type Advice, type Drift, type ExpertDrift } from '../../artefacts/drift.js'
import { readQuality, type Quality } from '../../artefacts/quality.js'
import { byCodeUnit } from '../../core/json.js'
import { PipelineError } from '../../core/error.js'
import { readFileOf } from '../../io/read-whole.js'
import { decodeAssignments } from '../../io/tables/assignments.js'
import { DistanceHistogram } from '../../math/quality/histogram.js'
import type { Artefact, TaskContext } from '../define.js'
import { advise } from './advise.js'
import type { Options } from './options.js'

interface Fitted {
  readonly distance: Quality['distance']
  readonly populations: readonly number[]
}

const maxShards = 20

export async function run(context: TaskContext<Options>): Promise<void> {
  const { takes, account, out, options, note } = context
  const fitted = await readFitted(takes.centres?.[0])
  const counted = await count(context, fitted)
  account.rowsIn(counted.total)
  account.rowsOut(counted.all.rows)
  if (counted.total > counted.all.rows) account.dropped('vector_invalid', counted.total - counted.all.rows)
  const report = compare(counted, fitted, options.most_beyond)
  await writeDrift(out, report)
  note('advice', report.advice)
  note('beyond', report.beyond)
}

async function readFitted(artefact: Artefact | undefined): Promise<Fitted> {
  if (!artefact)
    throw new PipelineError({
      code: 'E_ARTEFACT_MISSING',
      message: 'drift has no input centres',
      hint: 'wire the port in the pipeline file',
    })
  const { distance } = await readQuality(artefact)
  const { expert_population: populations } = await readExperts(artefact)
  return { distance, populations }
}

interface Counted {
  readonly total: number
  readonly all: DistanceHistogram
  readonly experts: { readonly distances: DistanceHistogram; beyond: number }[]
  readonly shards: readonly { readonly shard: string; readonly rows: number; readonly beyond: number }[]
}

async function count(
  { takes, signal, progress }: TaskContext<Options>,
  { distance: { all: before }, populations }: Fitted,
): Promise<Counted> {
  const all = new DistanceHistogram()
  const experts: Counted['experts'] = []
  const shards = new Map<string, { shard: string; rows: number; beyond: number }>()
  let total = 0
  for (const artefact of takes.assignments ?? []) {
    signal.throwIfAborted()
    const rows = decodeAssignments(await readFileOf(artefact, 'assignments.arrow'))
    const id = artefact.splits[0]?.shard.id ?? artefact.key
    const shard = shards.get(id) ?? { shard: id, rows: 0, beyond: 0 }
    shards.set(id, shard)
    for (let row = 0; row < rows.length; row++) {
      if (rows.reason[row] !== null) continue
      const [distance, expert] = [rows.distance[row]!, rows.expert[row]!]
      while (experts.length <= expert) experts.push({ distances: new DistanceHistogram(), beyond: 0 })
      const own = experts[expert]!
      all.add(distance)
      own.distances.add(distance)
      shard.rows++
      // Rows of an expert that was added since did not fit any of the earlier ones.
      if (expert >= populations.length || (before && distance > before.p99)) {
        own.beyond++
        shard.beyond++
      }
    }
    total += rows.length
    progress(total)
  }
  return { total, all, experts, shards: [...shards.values()] }
}

function compare(
  { all, experts, shards }: Counted,
  { distance, populations }: Fitted,
  maxBeyond: number,
): Drift {
  const before = distance.all
  if (!before)
    throw new PipelineError({
      code: 'E_CENTRES_INCONSISTENT',
      message: 'the centres have no distances to compare with',
    })
  const fittedRows = populations.reduce((sum, rows) => sum + rows, 0)
  const by_expert = Array.from(
    { length: Math.max(experts.length, populations.length) },
    (_, expert): ExpertDrift => {
      const { distances, beyond } = experts[expert] ?? { distances: new DistanceHistogram(), beyond: 0 }
      return {
        rows: distances.rows,
        share: distances.rows / Math.max(1, all.rows),
        share_before: (populations[expert] ?? 0) / Math.max(1, fittedRows),
        beyond: beyond / Math.max(1, distances.rows),
        now: distances.quantiles(),
        before: distance.by_expert[expert] ?? null,
      }
    },
  )
  const beyond = experts.reduce((sum, expert) => sum + expert.beyond, 0) / Math.max(1, all.rows)
  const shift = by_expert.reduce((sum, expert) => sum + Math.abs(expert.share - expert.share_before), 0) / 2
  const now = all.quantiles()
  const advice: Advice = now
    ? advise({ beyond, now, before, shift, maxBeyond })
    : { advice: 'keep', because: ['no row came later'] }
  const worst = shards
    .map(({ shard, rows, beyond }) => ({ shard, rows, beyond: beyond / Math.max(1, rows) }))
    .sort((a, b) => b.beyond - a.beyond || byCodeUnit(a.shard, b.shard))
  return {
    ...advice,
    rows: all.rows,
    beyond,
    shift,
    distance: { now, before },
    by_expert,
    shards: worst.slice(0, maxShards),
  }
}
