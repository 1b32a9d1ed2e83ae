import { join } from 'node:path'
import { saveSetSummary, type WrittenSet } from '../../artefacts/written-sets.js'
import { expertsOf } from '../facts.js'
import { checkDroppedShare } from './check-dropped-share.js'
import { outOfClusterKey, outOfClusterExperts } from './destinations.js'
import { readSplitRows } from './group-rows.js'
import { tarsPerGroup } from './grouping.js'
import { journalSplit } from './journal-split.js'
import { SampleJournal } from './sample-journal.js'
import { parquetShards } from './parquet-shards.js'
import { writeSet } from './set-files.js'
import { tars } from './tars.js'
import { OutputSets } from './output-sets.js'
import { writeUrlLists } from './url-lists.js'
import type { Context } from './tasks.js'

/**
 * Writes one group of splits. First streams the inputs once into a journal on scratch, noting which sets each
 * sample belongs to: the hold-out set alone, or its own expert's set and, as an out-of-cluster copy, those of
 * other experts. Then writes every set in the order that `options.order` names: samples with an image as
 * shards, samples with only a URL as lists for img2dataset.
 */
export async function writeGroup(context: Context<'group'>): Promise<void> {
  const { options, params, facts, out, signal } = context
  const { group, groups } = params
  const experts = expertsOf(facts)
  checkDroppedShare(context.takes.samples ?? [], options.most_lost_share)
  const sets = { shards: new OutputSets(experts), urlLists: new OutputSets(experts) }
  const journal = new SampleJournal(join(context.scratch, 'samples'))
  try {
    await distributeRows(context, experts, sets, journal)
    const { order, batch_rows } = options
    const layout = {
      order,
      batch_rows,
      firstFileNumber: group * tarsPerGroup,
      seed: options.seed,
      shard_bytes: options.shard_megabytes * 1e6,
      loaders: Math.ceil((options.gpus * options.workers) / groups),
    }
    const format = options.format === 'parquet' ? parquetShards : tars
    const written: { [folder: string]: WrittenSet } = {}
    for (const [folder, set] of sets.shards.filled()) {
      const formats = await writeSet({ set, format, layout: { ...layout, folder }, journal, out, signal })
      written[folder] = { own: set.own, ooc: set.ooc, formats }
    }
    for (const [folder, set] of sets.urlLists.filled()) {
      await writeUrlLists(set, { ...layout, folder }, journal, out)
      const { own = 0, ooc = 0, formats = [] } = written[folder] ?? {}
      written[folder] = { own: own + set.own, ooc: ooc + set.ooc, formats }
    }
    journal.inputs.checkUnchanged()
    await saveSetSummary(out, written)
  } finally {
    journal.close()
  }
}

async function distributeRows(
  context: Context<'group'>,
  experts: number,
  sets: { readonly shards: OutputSets; readonly urlLists: OutputSets },
  journal: SampleJournal,
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
    const key = outOfClusterKey(options.seed, split)
    for await (const journaled of journalSplit(context, rows, journal)) {
      if (++done % 4096 === 0) context.progress(done, total)
      if ('reason' in journaled) {
        account.dropped(journaled.reason)
        continue
      }
      account.rowsOut(1)
      const { index, number, has_image } = journaled
      const into = has_image ? sets.shards : sets.urlLists
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
