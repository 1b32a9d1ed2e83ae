import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { Random } from '../../src/core/random.js'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { memorySource } from '../../src/io/source.js'
import { decodeImage } from '../../src/io/image/image.js'
import { readWebDataset } from '../../src/io/tar/webdataset.js'
import { loadEncoder } from '../../src/math/encoder/load.js'
import { openGemm, type Gemm } from '../../src/math/gemm/gemm.js'
import { encodePatchModel } from '../../src/math/patches/graph.js'
import { learnDictionary } from '../../src/math/patches/learn.js'
import { gather, momentsOf } from '../../src/math/ridge/moments.js'
import { ridge } from '../../src/math/ridge/regression.js'
import { learnWhitening, whiten } from '../../src/math/ridge/whiten.js'
import { openSession } from '../../src/math/session/open.js'
import { pixelTensor } from '../../src/math/towers/pixels.js'
import { requirements, testWith } from '../requires.js'
import { sharedFolder } from '../shared.js'

/**
 * The engine's mathematics on the four-source mix of ../shared/data/pairs with the MiniLM encoder: dense must
 * reach what the prototype reached (tiny-imagenet 6.5 ± .2, articleType 60.4 ± .6). Minutes long, so it runs
 * with COTERIE_LONG=1.
 */
const shared = sharedFolder() as string
const test = testWith([requirements.sharedData, requirements.minutes])
const seeds = [1, 2, 3]
const preparation = { width: 32, height: 32, fit: 'fill', mean: [0, 0, 0], std: [1, 1, 1] } as const

interface Row {
  readonly source: string
  readonly key: string
  readonly captions: readonly string[]
  readonly rgb: Uint8Array
}

test("the dense model reaches the prototype's scores on the four-source mix", async (t) => {
  t.timeout(30 * 60_000)
  sharp.concurrency(1)
  const rows = (
    await Promise.all(
      ['tiny-imagenet-train', 'fashion-products', 'flickr8k-1k', 'noto-emoji', 'tiny-imagenet-val'].map(
        (name) => readRows(shared, name),
      ),
    )
  ).flat()
  const articles = articleTypes(shared)
  const texts = [...new Set([...rows.flatMap(({ captions }) => captions), ...articles.values()])]
  const encoder = await loadEncoder(localEncoderFolder(join(shared, 'models/all-MiniLM-L6-v2')), {
    threads: 2,
  })
  const { vectors } = await encoder.embed(texts)
  await encoder.close()
  const gemm = openGemm(2)
  const found: { tiny: number; article: number }[] = []
  for (const seed of seeds) {
    const scores = await denseScores(rows, articles, texts, vectors, seed, gemm)
    t.log(
      `seed ${seed}: tiny-imagenet ${(100 * scores.tiny).toFixed(2)}, ` +
        `articleType ${(100 * scores.article).toFixed(2)}`,
    )
    found.push(scores)
  }
  await gemm.close()
  const mean = (pick: (scores: { tiny: number; article: number }) => number) =>
    (100 * found.reduce((sum, scores) => sum + pick(scores), 0)) / found.length
  t.true(mean(({ tiny }) => tiny) >= 6.3, `tiny-imagenet ${mean(({ tiny }) => tiny)}`)
  t.true(mean(({ article }) => article) >= 59.8, `articleType ${mean(({ article }) => article)}`)
})

async function denseScores(
  rows: readonly Row[],
  articles: ReadonlyMap<string, string>,
  texts: readonly string[],
  vectors: Float32Array,
  seed: number,
  gemm: Gemm,
) {
  const random = new Random('preview', seed)
  const held = rows.map(
    ({ source }) =>
      source === 'tiny-imagenet-val' || (source !== 'tiny-imagenet-train' && random.unit() < 0.2),
  )
  const fitting = rows.flatMap((_, row) => (held[row] ? [] : [row]))
  const { features, width } = await patchFeatures(rows, fitting, seed, gemm)
  const numbers = new Map(texts.map((text, index) => [text, index]))
  const targetWidth = vectors.length / texts.length
  const pairs = fitting.flatMap((row) =>
    rows[row]!.captions.map((caption) => [row, numbers.get(caption)!] as const),
  )
  const sentences = gather(
    vectors,
    targetWidth,
    pairs.map(([, text]) => text),
  )
  const whitening = await learnWhitening(sentences, targetWidth, 0.1, gemm)
  const data = {
    features: gather(
      features,
      width,
      pairs.map(([row]) => row),
    ),
    width,
    targets: await whiten(sentences, whitening, gemm),
    target_width: targetWidth,
  }
  const weights = await ridge(
    await momentsOf(
      data,
      pairs.map((_, index) => index),
      gemm,
    ),
    0.08 * pairs.length,
    gemm,
  )
  const score = async (source: string, names: readonly string[], labelOf: (row: Row) => string) => {
    const chosen = rows.flatMap((row, index) => (held[index] && row.source === source ? [index] : []))
    const classes = await whiten(
      gather(
        vectors,
        targetWidth,
        names.map((name) => numbers.get(name)!),
      ),
      whitening,
      gemm,
    )
    const predicted = await gemm.multiply(gather(features, width, chosen), weights, {
      m: chosen.length,
      k: width,
      n: targetWidth,
    })
    const logits = await gemm.multiply(predicted, classes, {
      m: chosen.length,
      k: targetWidth,
      n: names.length,
      transpose_b: true,
    })
    const hits = chosen.filter((row, index) => {
      const own = logits.subarray(index * names.length, (index + 1) * names.length)
      return names[own.indexOf(own.reduce((a, b) => Math.max(a, b)))] === labelOf(rows[row]!)
    })
    return hits.length / chosen.length
  }
  const tinyNames = [
    ...new Set(
      rows.filter(({ source }) => source === 'tiny-imagenet-val').map(({ captions }) => captions[0]!),
    ),
  ].sort()
  return {
    tiny: await score('tiny-imagenet-val', tinyNames, ({ captions }) => captions[0]!),
    article: await score('fashion-products', [...new Set(articles.values())].sort(), ({ key }) =>
      articles.get(key)!,
    ),
  }
}

/** Standardised on the fitting rows. */
async function patchFeatures(rows: readonly Row[], fitting: readonly number[], seed: number, gemm: Gemm) {
  const some = fitting.filter((_, index) => index % 3 === 0).map((row) => rows[row]!.rgb)
  const dictionary = await learnDictionary(
    pixelTensor(some, preparation).data as Float32Array,
    { size: 400, seed: [seed], patches: 60000, iterations: 10 },
    gemm,
  )
  const session = await openSession(encodePatchModel(dictionary), { threads: 2, reuse_memory: true })
  const width = 4 * dictionary.size
  const features = new Float32Array(rows.length * width)
  for (let start = 0; start < rows.length; start += 8) {
    const part = rows.slice(start, start + 8)
    const { features: values } = await session.run({
      pixels: pixelTensor(
        part.map(({ rgb }) => rgb),
        preparation,
      ),
    })
    features.set((values!.data as Float32Array).subarray(0, part.length * width), start * width)
  }
  await session.close()
  for (let column = 0; column < width; column++) {
    const mean = fitting.reduce((sum, row) => sum + features[row * width + column]!, 0) / fitting.length
    const variance =
      fitting.reduce((sum, row) => sum + (features[row * width + column]! - mean) ** 2, 0) / fitting.length
    for (let row = 0; row < rows.length; row++)
      features[row * width + column] = (features[row * width + column]! - mean) / Math.sqrt(variance + 1e-6)
  }
  return { features, width }
}

async function readRows(folder: string, source: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const { key, members } of readWebDataset(
    memorySource(source, readFileSync(join(folder, 'data/pairs', `${source}.tar`))),
  )) {
    const image = members.get('jpg') ?? members.get('png')
    const captions = Buffer.from(members.get('txt')!.bytes).toString('utf8').trim().split('\n')
    rows.push({
      source,
      key: key.split('/').at(-1)!,
      captions,
      rgb: (await decodeImage(image!.bytes, { size: preparation, fit: 'fill' })).rgb,
    })
  }
  return rows
}

function articleTypes(folder: string): Map<string, string> {
  const [, ...lines] = readFileSync(join(folder, 'data/pairs/fashion-products.csv'), 'utf8')
    .trim()
    .split('\n')
  return new Map(lines.map((line) => [line.split(',')[0]!, line.split(',')[4]!]))
}
