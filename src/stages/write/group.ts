import { join } from 'node:path'
import { writeWrittenSets, type WrittenSet } from '../../artefacts/written-sets.js'
import { expertsOf } from '../facts.js'
import { checkLosses } from './check-losses.js'
import { oocKey, outOfClusterExperts } from './destinations.js'
import { readSplitRows } from './group-rows.js'
import { tarsPerGroup } from './grouping.js'
import { logSplit } from './log-split.js'
import { RecordLog } from './record-log.js'
import { parquetShards } from './parquet-shards.js'
import { writeSet } from './set-files.js'
import { tars } from './tars.js'
import { TrainingSets } from './training-sets.js'
import { writeUrlLists } from './url-lists.js'
import type { Context } from './tasks.js'

/**
 * Writes one group of splits: streams its inputs once into the log, then writes every expert's shards in
 * shuffled order.
 */
export async function writeGroup(context: Context<'group'>): Promise<void> {
  const { options, params, facts, out, signal } = context
  const { group, groups } = params
  const experts = expertsOf(facts)
  checkLosses(context.takes.samples ?? [], options.most_lost_share)
  const sets = { shards: new TrainingSets(experts), lists: new TrainingSets(experts) }
  const log = new RecordLog(join(context.scratch, 'samples'))
  try {
    await streamInputs(context, experts, sets, log)
    const { order, batch_rows } = options
    const plan = {
      order,
      batch_rows,
      first_number: group * tarsPerGroup,
      seed: options.seed,
      shard_bytes: options.shard_megabytes * 1e6,
      loaders: Math.ceil((options.gpus * options.workers) / groups),
    }
    const format = options.format === 'parquet' ? parquetShards : tars
    const counts: { [folder: string]: WrittenSet } = {}
    for (const [folder, set] of sets.shards.filled()) {
      const formats = await writeSet({ set, format, plan: { ...plan, folder }, log, out, signal })
      counts[folder] = { own: set.own, ooc: set.ooc, formats }
    }
    for (const [folder, set] of sets.lists.filled()) {
      await writeUrlLists(set, { ...plan, folder }, log, out)
      const { own = 0, ooc = 0, formats = [] } = counts[folder] ?? {}
      counts[folder] = { own: own + set.own, ooc: ooc + set.ooc, formats }
    }
    log.inputs.check()
    await writeWrittenSets(out, counts)
  } finally {
    log.close()
  }
}

async function streamInputs(
  context: Context<'group'>,
  experts: number,
  sets: { readonly shards: TrainingSets; readonly lists: TrainingSets },
  log: RecordLog,
): Promise<void> {
  const { options, splits, takes, account } = context
  const bySplit = (port: string) =>
    new Map(
      (takes[port] ?? []).flatMap((artefact) =>
        artefact.splits.map((split) => [split.id, artefact] as const),
      ),
    )
  const [samplesOf, assignmentsOf] = [bySplit('samples'), bySplit('assignments')]
  const total = (takes.samples ?? []).reduce((sum, artefact) => sum + artefact.rows_out, 0)
  let done = 0
  for (const split of splits) {
    const rows = await readSplitRows(split, samplesOf.get(split.id), assignmentsOf.get(split.id))
    const { samples, assignments } = rows
    account.rowsIn(samples.length)
    const key = oocKey(options.seed, split)
    for await (const logged of logSplit(context, rows, log)) {
      if (++done % 4096 === 0) context.progress(done, total)
      if ('reason' in logged) {
        account.dropped(logged.reason)
        continue
      }
      account.rowsOut(1)
      const { index, number, has_image } = logged
      const into = has_image ? sets.shards : sets.lists
      if (samples.holdout[index]) {
        into.holdout.add(number, false)
        continue
      }
      const own = assignments.expert[index] as number
      into.expert(own).add(number, false)
      for (const expert of outOfClusterExperts(
        key,
        samples.row[index] as number,
        own,
        experts,
        options.ooc_ratio,
      ))
        into.expert(expert).add(number, true)
    }
  }
}
