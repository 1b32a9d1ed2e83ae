import { anyJson, map } from '../../core/shape.js'
import { readJson } from '../read-whole.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { minOf } from '../../core/extremes.js'
import type { ByteSource } from '../source.js'
import { compressionOf, isCompressedTar } from '../compressed/compression.js'
import { decompressed, headOf } from '../compressed/source.js'
import { headBytes } from '../crawl/signatures.js'
import { listInputs } from '../inputs/list.js'
import type { StoreSettings } from '../store/backends.js'
import { openUri } from '../store/open.js'
import { check, diagnosis, type Check, type Diagnosis } from './check.js'
import { Findings } from './findings.js'
import { KeySet } from './key-set.js'
import { examineShard, type ImageCheck } from './shard.js'

export interface ShardsRequest {
  readonly uri: string
  readonly gpus: number
  /** Data loader workers per GPU. */
  readonly loaders: number
  readonly images: ImageCheck
}

/**
 * Checks whether tars are what open_clip's loader expects: an image and a `.txt` per key, unique keys
 * without dots, counts as in `sizes.json`, at least one shard per loader, images that decode. The loader
 * silently skips broken samples, so they have to be found before training.
 */
export async function diagnoseShards(request: ShardsRequest, settings?: StoreSettings): Promise<Diagnosis> {
  const shards = await listInputs({ uri: request.uri, format: 'webdataset' }, settings)
  const findings = new Findings()
  const keys = new KeySet()
  const counts = await mapConcurrently(shards, 4, async ({ uri }) =>
    examineShard(await openTar(uri, settings), request.images, findings, keys),
  )
  const samples = counts.reduce((sum, count) => sum + count, 0)
  const twice = await keys.repeated(async function* () {
    for (const { uri } of shards) yield await openTar(uri, settings)
  })
  const looked = request.images === 'decode' ? 'decoded' : 'headers read'
  const needed = request.gpus * request.loaders
  const smallest = minOf(counts, Infinity)
  const checks: Check[] = [
    { name: 'shards', ok: shards.length > 0, found: `${shards.length} tars with ${samples} samples` },
    findings.check('tars are whole', 'broken_tar', 'each to its end'),
    findings.check('keys have no dots', 'dotted_key', `${samples} keys`),
    {
      name: 'keys are unique',
      ok: twice.length === 0,
      found:
        twice.length === 0
          ? `${samples} keys`
          : `${twice.length} appear twice: ${twice.slice(0, 3).join(', ')}`,
    },
    findings.check('each sample has an image', 'no_image', `${samples} images`),
    findings.check('each sample has a caption', 'no_caption', `${samples} .txt members`),
    findings.check('captions are UTF-8 and not empty', 'bad_caption', `${samples} captions`),
    ...(request.images === 'none'
      ? []
      : [findings.check('images decode', 'bad_image', `${samples} ${looked}`)]),
    findings.check(
      'no members that readers must not trust',
      'unsafe_member',
      'no path outside the folder, no pickled data',
    ),
    await check('counts equal sizes.json', () =>
      compareSizes(
        shards.map(({ uri }) => uri),
        counts,
        settings,
      ),
    ),
    { name: 'no empty shard', ok: smallest > 0, found: `the smallest holds ${smallest} samples` },
    {
      name: 'a shard for every loader',
      ok: shards.length >= needed,
      found: `${shards.length} shards for ${request.gpus} GPUs × ${request.loaders} loaders`,
    },
  ]
  return diagnosis(checks)
}

async function openTar(uri: string, settings: StoreSettings | undefined): Promise<ByteSource> {
  const source = await openUri(uri, settings)
  return decompressed(source, compressionOf(await headOf(source, headBytes)))
}

/** open_clip reads the number of samples from a `sizes.json` next to the first shard: file name → count. */
async function compareSizes(
  uris: readonly string[],
  counts: readonly number[],
  settings: StoreSettings | undefined,
) {
  const folders = new Map<string, Map<string, number>>()
  uris.forEach((uri, i) => {
    const slash = uri.lastIndexOf('/') + 1
    const shards = folders.get(uri.slice(0, slash)) ?? new Map<string, number>()
    folders.set(uri.slice(0, slash), shards.set(uri.slice(slash), counts[i] as number))
  })
  const wrong: string[] = []
  let without = 0
  for (const [folder, shards] of folders) {
    const source = await openUri(`${folder}sizes.json`, settings).catch(() => undefined)
    if (!source) {
      without++
      continue
    }
    const sizes = await readSizes(source)
    for (const [name, count] of shards) {
      if (sizes.get(name) !== count)
        wrong.push(`${folder}${name} has ${count} samples; sizes.json says ${sizes.get(name) ?? 'nothing'}`)
    }
    for (const name of sizes.keys())
      if (!shards.has(name)) wrong.push(`${folder}${name} is listed but was not found`)
  }
  if (wrong.length > 0) return { ok: false, found: `${wrong.length} differ: ${wrong.slice(0, 3).join('; ')}` }
  if (without === folders.size)
    return { ok: true, found: 'no sizes.json: pass --train-num-samples to open_clip' }
  return {
    ok: without === 0,
    found:
      without === 0 ? `${uris.length} shards` : `${without} of ${folders.size} folders have no sizes.json`,
  }
}

/** The entries that name a tar: some writers also add totals, which open_clip ignores. */
async function readSizes(source: ByteSource): Promise<Map<string, number>> {
  const entries = Object.entries(await readJson(source, map(anyJson)))
  return new Map(
    entries
      .filter(([name]) => name.endsWith('.tar') || isCompressedTar(name))
      .map(([name, count]) => [name, Number(count)]),
  )
}
