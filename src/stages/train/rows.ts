import { expertOfFolder } from '../../core/model-key.js'
import { parseSampleFields } from '../../artefacts/sample-fields.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { Random, rowKey, unitOfRow } from '../../core/random.js'
import { imageOf } from '../../io/image/type.js'
import { readWebDataset } from '../../io/tar/webdataset.js'
import type { Artefact, FileRecord } from '../define.js'

/** One pair from an expert's tar. */
export interface TrainingPair {
  readonly key: string
  readonly caption: string
  /** The expert whose tar the pair is in. */
  readonly expert: number
  /** It belongs to another expert's cluster. */
  readonly out_of_cluster: boolean
  readonly image: Uint8Array
}

interface ExpertTar {
  readonly expert: number
  readonly artefact: Artefact
  readonly file: FileRecord
}

/**
 * Reads pairs of all experts' tars, about `max_rows` at most: a seeded choice of whole tars for every expert,
 * in proportion to its size, thinned by a hash of the key. Tars are shuffled when they are written, so a tar
 * is a fair sample of its expert.
 */
export async function* readPairs(
  shards: readonly Artefact[],
  options: { readonly max_rows: number; readonly seed: number },
): AsyncGenerator<TrainingPair> {
  const tars = expertTars(shards)
  const total = sum(tars)
  const share = Math.min(1, options.max_rows / Math.max(1, total))
  for (const expert of [...new Set(tars.map((tar) => tar.expert))].sort((a, b) => a - b)) {
    const own = tars.filter((tar) => tar.expert === expert)
    const chosen = share === 1 ? own : enough(own, sum(own) * share, new Random(options.seed, 'tars', expert))
    const keep = share === 1 ? 1 : (sum(own) * share) / Math.max(1, sum(chosen))
    for (const tar of chosen) {
      for await (const pair of pairsOf(tar)) {
        if (keep >= 1 || unitOfRow(rowKey(options.seed, 'pairs', pair.key), 0) < keep) yield pair
      }
    }
  }
}

/** Upper bound on the pairs that `readPairs` goes through. */
export function countPairs(shards: readonly Artefact[]): number {
  return sum(expertTars(shards))
}

function expertTars(shards: readonly Artefact[]): ExpertTar[] {
  const tars: ExpertTar[] = []
  let lists = 0
  for (const artefact of shards) {
    for (const file of artefact.files.toSorted((a, b) => byCodeUnit(a.name, b.name))) {
      const expert = expertOfFolder(file.name)
      if (expert === undefined) continue
      if (file.name.endsWith('.tar')) tars.push({ expert, artefact, file })
      else if (file.name.endsWith('.parquet')) lists++
    }
  }
  if (tars.length > 0) return tars
  throw new PipelineError({
    code: 'E_NO_PAIRS',
    message:
      lists > 0
        ? "the experts' shards are URL lists without images, so nothing can be trained on them"
        : 'there are no shards to train on',
    hint:
      lists > 0
        ? 'let `write` write tars, or download the lists with img2dataset and run on its output'
        : 'check what `ingest` and `write` dropped',
  })
}

function enough(tars: readonly ExpertTar[], rows: number, random: Random): ExpertTar[] {
  const chosen: ExpertTar[] = []
  for (const tar of random.shuffle([...tars])) {
    if (chosen.length > 0 && sum(chosen) >= rows) break
    chosen.push(tar)
  }
  return chosen
}

function sum(tars: readonly ExpertTar[]): number {
  return tars.reduce(
    (total, { file }) => total + (file.rows ?? Math.max(1, Math.round(file.size / 20000))),
    0,
  )
}

async function* pairsOf({ expert, artefact, file }: ExpertTar): AsyncGenerator<TrainingPair> {
  for await (const { key, members } of readWebDataset(await artefact.open(file.name))) {
    const image = imageOf(members)?.member
    const caption = members.get('txt')
    const meta = members.get('json')
    if (!image || !caption) continue
    const fields = parseSampleFields(meta, `${artefact.stage}/${artefact.key}/${file.name}: ${key}.json`)
    yield {
      key: fields.key ?? key,
      caption: Buffer.from(caption.bytes).toString('utf8'),
      expert,
      out_of_cluster: fields.ooc === true,
      image: image.bytes,
    }
  }
}
