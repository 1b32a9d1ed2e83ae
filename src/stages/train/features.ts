import { createHash } from 'node:crypto'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { floatToHalf, halfToFloat } from '../../core/half.js'
import { byCodeUnit } from '../../core/json.js'
import { rowKey, unitOfRow } from '../../core/random.js'
import { decodeImage, ImageError } from '../../io/image/image.js'
import { readWhole } from '../../io/read-whole.js'
import { openGemm, type Gemm } from '../../math/gemm/gemm.js'
import { gather, momentsOf, without } from '../../math/ridge/moments.js'
import { learnWhitening, whiten } from '../../math/ridge/whiten.js'
import type { Standard } from '../../math/towers/image.js'
import { expertsOf } from '../facts.js'
import { captionText } from './caption-text.js'
import { clipText } from './clip-text.js'
import { writeFeatureSet } from './feature-set.js'
import type { ImageFeatures } from './image-features.js'
import { modelFeatures } from './model-features.js'
import { patchFeatures } from './patch-features.js'
import { countPairs, readPairs, type TrainingPair } from './rows.js'
import type { Context } from './tasks.js'
import type { TextSource } from './text-source.js'

export type FeaturesContext = Context<'features'>

/** Number of pairs decoded at once. */
const window = 256

/** Reads every expert's pairs once, and stores all that the closed forms need. */
export async function makeFeatures(context: FeaturesContext): Promise<void> {
  const { account, options, threads } = context
  const gemm = openGemm(threads)
  const images = await openImages(context, gemm)
  const text = await openText(context)
  try {
    const { order, ...rows } = sorted(await collect(context, images))
    const { vectors, invalid } = await embedDistinct(text, rows.captions)
    const made = await images.finish(order)
    const bad = new Set(invalid.map(({ index }) => index))
    for (const { reason } of invalid) account.dropped(reason)
    const kept = rows.keys.flatMap((_, row) => (bad.has(row) ? [] : [row]))
    account.rowsOut(kept.length)
    if (kept.length < 2) {
      throw new PipelineError({
        code: 'E_TOO_FEW_PAIRS',
        message: 'there are too few pairs to train on',
        expected: 'at least 2',
        found: String(kept.length),
        hint: 'check what was dropped and why',
      })
    }
    const position = new Map(kept.map((row, index) => [row, index]))
    const sentences = gather(vectors, text.width, kept)
    const whitening = await learnWhitening(sentences, text.width, options.adapter.text_whitening, gemm)
    const features = gather(made.features, made.width, kept)
    const standard = standardise(features, made.width)
    const targets = await whiten(sentences, whitening, gemm)
    // Rounded as they are stored: everything fitted on them sees the same numbers.
    const pairs = {
      features: asHalf(features),
      width: made.width,
      targets: asHalf(targets),
      target_width: text.width,
    }
    const validation = chooseValidation(
      kept.map((row) => rows.keys[row]!),
      options.seed,
      options.validation_share,
    )
    const all = await momentsOf(
      pairs,
      kept.map((_, index) => index),
      gemm,
    )
    const fitting = without(all, await momentsOf(pairs, validation, gemm))
    const about = {
      width: made.width,
      target_width: text.width,
      home: kept.map((row) => rows.home[row]!),
      validation,
      out_of_cluster: rows.out_of_cluster.map((list) => list.flatMap((row) => position.get(row) ?? [])),
      caption: numberCaptions(kept.map((row) => rows.captions[row]!)),
      image: images.preparation,
      text: text.preparation,
      text_about: text.about,
      keys_sha256: kept
        .reduce((hash, row) => hash.update(rows.keys[row]!).update('\n'), createHash('sha256'))
        .digest('hex'),
    }
    const files = {
      'trunk.onnx': made.trunk(standard),
      'text.onnx': await text.tower(whitening),
      'tokenizer.json': text.tokenizer,
    }
    await writeFeatureSet(context.out, pairs, about, { fitting, all }, files)
    context.note('pairs', kept.length)
    context.note('features', made.width)
    context.note('targets', text.width)
  } finally {
    await text.close()
    await gemm.close()
  }
}

async function openImages(
  { options, threads, openUri }: FeaturesContext,
  gemm: Gemm,
): Promise<ImageFeatures> {
  const { seed } = options
  const { features, dictionary, dictionary_patches } = options.adapter
  if (!features)
    return patchFeatures(
      { size: dictionary, seed: [seed], patches: dictionary_patches, iterations: 10 },
      threads,
      gemm,
    )
  const { image_size: side, mean, std } = features
  return modelFeatures(
    await wholeFile(openUri, features.image),
    features.image,
    { width: side, height: side, fit: 'cover', mean, std },
    threads,
  )
}

async function openText(context: FeaturesContext): Promise<TextSource> {
  const { options, threads, openUri } = context
  const { features } = options.adapter
  if (!features) return captionText(context)
  return clipText(
    await wholeFile(openUri, features.text),
    await wholeFile(openUri, features.tokenizer),
    features.text,
    features.context_length,
    threads,
  )
}

async function wholeFile(openUri: FeaturesContext['openUri'], uri: string): Promise<Uint8Array> {
  return readWhole(await openUri(uri))
}

/** Sorts rows by key: how tars were split and shuffled must not affect a model. */
function sorted({
  keys,
  captions,
  home,
  out_of_cluster,
}: Collected): Collected & { readonly order: number[] } {
  const order = keys.map((_, row) => row).sort((a, b) => byCodeUnit(keys[a]!, keys[b]!))
  const position = new Map(order.map((row, index) => [row, index]))
  return {
    order,
    keys: order.map((row) => keys[row]!),
    captions: order.map((row) => captions[row]!),
    home: order.map((row) => home[row]!),
    out_of_cluster: out_of_cluster.map((list) => list.map((row) => position.get(row)!).sort((a, b) => a - b)),
  }
}

function asHalf(values: Float32Array): Float32Array {
  return halfToFloat(floatToHalf(values))
}

interface Collected {
  readonly keys: string[]
  readonly captions: string[]
  readonly home: number[]
  readonly out_of_cluster: number[][]
}

/** Reads the tars once. A pair that several experts see is decoded once, at its first occurrence. */
async function collect(
  { takes, options, facts, account, progress, signal }: FeaturesContext,
  images: ImageFeatures,
): Promise<Collected> {
  const shards = takes.shards ?? []
  const experts = expertsOf(facts)
  const rows: Collected = {
    keys: [],
    captions: [],
    home: [],
    out_of_cluster: Array.from({ length: experts }, () => []),
  }
  const seen = new Map<string, number>()
  const total = Math.min(countPairs(shards), options.adapter.max_rows)
  let waiting: TrainingPair[] = []
  const flush = async () => {
    const fresh = waiting.filter(
      ({ key }, index) => !seen.has(key) && waiting.findIndex((other) => other.key === key) === index,
    )
    const decoded = await mapConcurrently(fresh, 8, async ({ image }) =>
      decodeImage(image, {
        size: images.preparation,
        fit: images.preparation.fit === 'fill' ? 'fill' : 'cover',
      }).catch(reasonOf),
    )
    const good: Uint8Array[] = []
    fresh.forEach((pair, index) => {
      account.rowsIn(1)
      const picture = decoded[index]
      if (picture === undefined || typeof picture === 'string') {
        account.dropped(picture ?? 'image_undecodable')
        seen.set(pair.key, -1)
        return
      }
      seen.set(pair.key, rows.keys.length)
      rows.keys.push(pair.key)
      rows.captions.push(pair.caption)
      rows.home.push(-1)
      good.push(picture.rgb)
    })
    await images.add(good)
    for (const { key, expert, out_of_cluster } of waiting) {
      const row = seen.get(key) ?? -1
      if (row < 0) continue
      if (out_of_cluster) rows.out_of_cluster[expert]?.push(row)
      else rows.home[row] = expert
    }
    waiting = []
    progress(rows.keys.length, total)
  }
  for await (const pair of readPairs(shards, { max_rows: options.adapter.max_rows, seed: options.seed })) {
    signal.throwIfAborted()
    waiting.push(pair)
    if (waiting.length >= window) await flush()
  }
  await flush()
  return rows
}

function reasonOf(error: unknown): string {
  if (error instanceof ImageError) return error.reason
  throw error
}

/** Standardises in place to mean 0 and variance 1; the small floor keeps nearly constant features small. */
function standardise(features: Float32Array, width: number): Standard {
  const count = features.length / width
  const sums = new Float64Array(width)
  const squares = new Float64Array(width)
  for (let at = 0; at < features.length; at += width) {
    for (let i = 0; i < width; i++) {
      const value = features[at + i]!
      sums[i]! += value
      squares[i]! += value * value
    }
  }
  const mean = Float32Array.from(sums, (sum) => sum / count)
  const scale = Float32Array.from(
    squares,
    (square, i) => 1 / Math.sqrt(Math.max(0, square / count - (sums[i]! / count) ** 2) + 1e-6),
  )
  for (let at = 0; at < features.length; at += width)
    for (let i = 0; i < width; i++) features[at + i] = (features[at + i]! - mean[i]!) * scale[i]!
  return { mean, scale }
}

function chooseValidation(keys: readonly string[], seed: number, share: number): number[] {
  const chosen = keys.flatMap((key, row) =>
    unitOfRow(rowKey(seed, 'validation', key), 0) < share ? [row] : [],
  )
  // With few rows, neither side may end up empty by chance.
  if (chosen.length === 0) return [0]
  return chosen.length === keys.length ? chosen.slice(1) : chosen
}

/** Crawls repeat captions; each distinct one is embedded once. */
async function embedDistinct(text: TextSource, captions: readonly string[]) {
  const numbers = numberCaptions(captions)
  const distinct = [...new Set(captions)]
  const { vectors, invalid } = await text.embed(distinct)
  const reasons = new Map(invalid.map(({ index, reason }) => [index, reason]))
  return {
    vectors: gather(vectors, text.width, numbers),
    invalid: numbers.flatMap((number, index) => {
      const reason = reasons.get(number)
      return reason === undefined ? [] : [{ index, reason }]
    }),
  }
}

function numberCaptions(captions: readonly string[]): number[] {
  const numbers = new Map<string, number>()
  return captions.map((caption) => {
    const known = numbers.get(caption) ?? numbers.size
    numbers.set(caption, known)
    return known
  })
}
