import { join } from 'node:path'
import { crawlRows } from '../../io/crawl/read.js'
import type { CrawlImage } from '../../io/crawl/row.js'
import type { TaskContext } from '../define.js'
import { imageTrouble } from './check-image.js'
import { oocKey, outOfClusterExperts, type Placed } from './destinations.js'
import { readSplitRows, type SplitRows } from './group-rows.js'
import { tarsPerGroup } from './grouping.js'
import { ImageLog } from './image-log.js'
import type { WriteOptions } from './options.js'
import { type LoggedImages, writeSet } from './tars.js'
import { writeUrlLists } from './url-lists.js'

/** Images that are looked at together: sharp works on its own threads. */
const lookAhead = 16

/** One group of splits: streams its inputs once into the image log, then writes every expert's tars in shuffled order. */
export async function writeGroup(context: TaskContext<WriteOptions>): Promise<void> {
  const { options, params, facts, splits, takes, account, out, signal } = context
  const { group, groups } = params as { group: number; groups: number }
  const experts = Number(facts.experts ?? 1)
  const bySplit = (port: string) => new Map((takes[port] ?? []).flatMap((artefact) => artefact.splits.map((split) => [split.id, artefact] as const)))
  const [samples, assignments] = [bySplit('samples'), bySplit('assignments')]
  const rows: SplitRows[] = []
  for (const split of splits) rows.push(await readSplitRows(split, samples.get(split.id), assignments.get(split.id)))
  const log = new ImageLog(join(context.scratch, 'images'))
  try {
    const tarSets = newSets(experts)
    const urlSets = newSets(experts)
    const images: LoggedImages[] = []
    let done = 0
    const total = rows.reduce((sum, each) => sum + each.samples.length, 0)
    for (const [index, each] of rows.entries()) {
      account.rowsIn(each.samples.length)
      const logged = await logImages(context, each, log)
      images.push(logged.images)
      const key = oocKey(options.seed, each.split)
      for (let i = 0; i < each.samples.length; i++) {
        const reason = each.assignments.reason[i] ?? logged.trouble[i]
        // A held-out sample needs no cluster.
        const lost = each.samples.holdout[i] ? logged.trouble[i] : reason
        if (lost) {
          account.dropped(lost)
          continue
        }
        account.rowsOut(1)
        const sets = logged.images.size[i] ? tarSets : urlSets
        if (each.samples.holdout[i]) {
          sets.holdout.push({ split: index, index: i, ooc: false })
          continue
        }
        const own = each.assignments.expert[i] as number
        sets.experts[own]?.push({ split: index, index: i, ooc: false })
        for (const expert of outOfClusterExperts(each.split, each.samples.row[i] as number, own, experts, options.ooc_ratio, key)) {
          sets.experts[expert]?.push({ split: index, index: i, ooc: true })
        }
      }
      done += each.samples.length
      context.progress(done, total)
    }
    const common = { first_number: group * tarsPerGroup, seed: options.seed }
    const counts: { [folder: string]: { own: number; ooc: number } } = {}
    for (const [folder, members] of folders(tarSets)) {
      counts[folder] = await writeSet({ ...common, folder, members, shard_bytes: options.shard_megabytes * 1e6, min_tars: Math.ceil(options.min_shards / groups) }, rows, images, out, signal)
    }
    for (const [folder, members] of folders(urlSets)) {
      const { own, ooc } = await writeUrlLists({ ...common, folder, members }, rows, out)
      counts[folder] = { own: (counts[folder]?.own ?? 0) + own, ooc: (counts[folder]?.ooc ?? 0) + ooc }
    }
    context.note('sets', counts)
  } finally {
    log.close()
  }
}

interface Sets {
  readonly experts: Placed[][]
  readonly holdout: Placed[]
}

function newSets(experts: number): Sets {
  return { experts: Array.from({ length: experts }, () => []), holdout: [] }
}

function folders({ experts, holdout }: Sets): [string, Placed[]][] {
  const named = experts.map((members, expert): [string, Placed[]] => [`expert-${String(expert).padStart(2, '0')}`, members])
  return [...named, ['holdout', holdout] as [string, Placed[]]].filter(([, members]) => members.length > 0)
}

/** Streams one split's shard, keeps the images of its samples, and says what is wrong with each of the others. */
async function logImages(context: TaskContext<WriteOptions>, { split, samples, has_images }: SplitRows, log: ImageLog): Promise<{ images: LoggedImages; trouble: (string | undefined)[] }> {
  const length = samples.length
  const images = { log, offset: new Float64Array(length), size: new Float64Array(length), extension: Array<string>(length).fill('') }
  const trouble = Array<string | undefined>(length)
  if (length === 0 || !has_images) {
    for (let i = 0; i < length; i++) if (samples.url[i] === null) trouble[i] = 'image_missing'
    return { images, trouble }
  }
  let pending: { index: number; image: CrawlImage | undefined; trouble: Promise<string | undefined> }[] = []
  const settle = async () => {
    for (const each of pending) {
      const found = await each.trouble
      if (found === 'image_missing' && samples.url[each.index] !== null) continue
      trouble[each.index] = found
      if (found || !each.image?.bytes) continue
      images.offset[each.index] = log.append(each.image.bytes)
      images.size[each.index] = each.image.bytes.byteLength
      images.extension[each.index] = each.image.extension
    }
    pending = []
    context.signal.throwIfAborted()
  }
  const request = { row_start: split.row_start, row_end: split.row_end, images: true, metadata: [], ...fieldsOf(context, split) }
  let at = 0
  for await (const row of crawlRows(split.shard.format, await context.openInput(split.shard), request, context.openUri)) {
    while (at < length && samples.row[at] === row.row) {
      pending.push({ index: at, image: row.image, trouble: imageTrouble(row.image, context.options.images) })
      at += 1
    }
    if (pending.length >= lookAhead) await settle()
  }
  await settle()
  for (; at < length; at++) trouble[at] = 'image_missing'
  return { images, trouble }
}

/** The columns that `ingest` was told or found, so that both read the same. */
function fieldsOf({ takes }: TaskContext<WriteOptions>, split: { readonly id: string }): { caption_field?: string; image_field?: string; url_field?: string } {
  const artefact = takes.samples?.find((each) => each.splits.some((own) => own.id === split.id))
  return (artefact?.notes.fields as { caption_field?: string } | undefined) ?? {}
}
