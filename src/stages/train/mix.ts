import { expertOfFolder, partFolder } from '../../core/model-key.js'
import { parseSampleFields } from '../../artefacts/sample-fields.js'
import { byCodeUnit } from '../../core/json.js'
import { Random, rowKey, unitOfRow } from '../../core/random.js'
import { TarWriter } from '../../io/tar/write.js'
import { readWebDataset, type WebDatasetSample } from '../../io/tar/webdataset.js'
import type { Artefact, OutputFile } from '../define.js'
import type { Context } from './tasks.js'

/**
 * Divides the pairs of one group of shards at random into `parts`, each pair once (out-of-cluster copies are
 * left out): `part-00/00000.tar`…. One part is what a model of Random-n sees; all of them are everything, for
 * seed and dense.
 */
export async function mix({
  takes,
  options,
  params,
  out,
  account,
  progress,
  signal,
}: Context<'mix'>): Promise<void> {
  const [shards] = takes.shards ?? []
  const { parts } = params
  const key = rowKey(options.seed, 'random parts')
  const writers = Array.from({ length: parts }, (_, part) =>
    tarsOf(partFolder(part), options.mix_megabytes * 1e6, (name) => out.create(name)),
  )
  const streams = expertStreams(shards!)
  const total = streams.reduce((sum, { rows }) => sum + rows, 0)
  const random = new Random(options.seed, 'mix', shards!.key)
  let done = 0
  for await (const sample of interleaved(streams, random)) {
    signal.throwIfAborted()
    done++
    const json = sample.members.get('json')
    const fields = parseSampleFields(json, `${shards!.stage}/${shards!.key}: ${sample.key}.json`)
    if (fields.ooc === true) continue
    account.rowsIn(1)
    account.rowsOut(1)
    const part = Math.min(
      parts - 1,
      Math.floor(unitOfRow(rowKey(key.low, key.high, fields.key ?? sample.key), 0) * parts),
    )
    await writers[part]!.add(sample)
    progress(done, total)
  }
  for (const writer of writers) await writer.close()
}

interface Stream {
  readonly rows: number
  samples(): AsyncIterator<WebDatasetSample>
}

/** The tars of every expert in the order of their names, one after the other. */
function expertStreams(shards: Artefact): Stream[] {
  const byExpert = new Map<number, { name: string; rows: number }[]>()
  for (const { name, rows } of shards.files.toSorted((a, b) => byCodeUnit(a.name, b.name))) {
    const expert = expertOfFolder(name)
    if (expert !== undefined && name.endsWith('.tar'))
      byExpert.set(expert, [...(byExpert.get(expert) ?? []), { name, rows: rows ?? 0 }])
  }
  return [...byExpert.values()].map((files) => ({
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    async *samples() {
      for (const { name } of files) yield* readWebDataset(await shards.open(name))
    },
  }))
}

/**
 * Every stream was shuffled when it was written; taking the next sample from one in proportion to what is
 * left of each shuffles all of them together.
 */
async function* interleaved(streams: readonly Stream[], random: Random): AsyncGenerator<WebDatasetSample> {
  const open = streams.map(({ rows, samples }) => ({ left: Math.max(1, rows), samples: samples() }))
  while (open.length > 0) {
    let at = random.unit() * open.reduce((sum, { left }) => sum + left, 0)
    const chosen = open.findIndex(({ left }) => (at -= left) < 0)
    const stream = open[chosen < 0 ? open.length - 1 : chosen]!
    const { value, done } = await stream.samples.next()
    if (done) {
      open.splice(open.indexOf(stream), 1)
      continue
    }
    stream.left = Math.max(1, stream.left - 1)
    yield value
  }
}

function tarsOf(folder: string, bytes: number, create: (name: string) => Promise<OutputFile>) {
  let file: OutputFile | undefined
  let tar: TarWriter | undefined
  let rows = 0
  let count = 0
  const close = async () => {
    if (!file || !tar) return
    await tar.end()
    await file.close(rows)
    file = undefined
  }
  return {
    close,
    async add({ members }: WebDatasetSample) {
      if (file && tar!.size >= bytes) await close()
      if (!file) {
        file = await create(`${folder}/${String(count++).padStart(5, '0')}.tar`)
        tar = new TarWriter(file)
        rows = 0
      }
      for (const member of members.values()) if (member.read) await tar!.add(member.name, member.bytes)
      rows++
    },
  }
}
