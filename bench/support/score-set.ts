import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { Random } from '../../src/core/random.js'
import { encodeNpy, npyHeader, openNpy } from '../../src/io/npy.js'
import { fileSource } from '../../src/io/store/local/source.js'
import { openGemm } from '../../src/math/gemm/gemm.js'
import { normaliseRows } from '../../src/math/ridge/whiten.js'
import type { CentreSet } from '../../src/routing/nearest.js'
import { defaultScale } from '../../src/routing/rule.js'
import { builtInRules } from '../../src/routing/rules.js'
import { routedTexts, routeTogether } from '../../src/stages/evaluate/route.js'
import { scoreSet } from '../../src/stages/evaluate/scored-set.js'
import type { Matrix, RowSource, SetFeatures } from '../../src/stages/evaluate/set-features.js'
import { scoreViews, embeddingPairs } from '../../src/stages/evaluate/views.js'

/**
 * Evaluates features on disk, in a separate process to measure its memory. Arguments: FOLDER IMAGES CLASSES
 * WIDTH. Prints one line of JSON.
 */
const [folder, images, classes, width] = [process.argv[2]!, ...process.argv.slice(3).map(Number)] as [
  string,
  number,
  number,
  number,
]
const experts = 4
const compared = 256
const routingWidth = 64
const models = ['dense', ...Array.from({ length: experts }, (_, expert) => `expert-${expert}`)]

function vectors(rows: number, columns: number, ...seed: (string | number)[]): Float32Array {
  const random = new Random(...seed)
  return normaliseRows(
    Float32Array.from({ length: rows * columns }, () => random.unit() - 0.5),
    columns,
  )
}

/** Images near their class, so that ranks are better than chance. */
async function makeImages(model: string, texts: Float32Array): Promise<string> {
  const path = join(folder, `image-${model}-${images}.npy`)
  if (existsSync(path)) return path
  const out = createWriteStream(`${path}.part`)
  out.write(npyHeader('float32', [images, width]))
  const random = new Random('images', model)
  for (let start = 0; start < images; start += 1000) {
    const block = new Float32Array(Math.min(1000, images - start) * width)
    for (let i = 0; i < block.length; i++) {
      const label = (start + Math.floor(i / width)) % classes
      block[i] = texts[label * width + (i % width)]! + (random.unit() - 0.5) * 1.15
    }
    const bytes = new Uint8Array(normaliseRows(block, width).buffer)
    if (!out.write(bytes)) await new Promise<void>((resolve) => out.once('drain', () => resolve()))
  }
  out.end()
  await finished(out)
  await rename(`${path}.part`, path)
  return path
}

async function rowsOf(path: string): Promise<RowSource> {
  const file = await openNpy(await fileSource(path))
  return { rows: file.shape[0]!, width: file.shape[1]!, read: (start, end) => file.readRows(start, end) }
}

await mkdir(folder, { recursive: true })
const texts = new Map<string, Matrix>(
  models.map((model) => [model, { rows: classes, width, data: vectors(classes, width, 'texts', model) }]),
)
const paths = new Map<string, string>()
for (const model of models) {
  paths.set(model, await makeImages(model, texts.get(model)!.data))
  await writeFile(join(folder, `text-${model}.npy`), encodeNpy(texts.get(model)!.data, [classes, width]))
}
const routing: Matrix = {
  rows: classes,
  width: routingWidth,
  data: vectors(classes, routingWidth, 'routing'),
}
const fine = vectors(64, routingWidth, 'fine')
await writeFile(join(folder, 'routing.npy'), encodeNpy(routing.data, [classes, routingWidth]))
await writeFile(join(folder, 'fine.npy'), encodeNpy(fine, [64, routingWidth]))
const centre = (data: Float32Array, count: number): CentreSet => ({
  vectors: data,
  width: routingWidth,
  experts: Array.from({ length: count }, (_, i) => i % experts),
  expert_count: experts,
})
const centres = {
  experts,
  fine: centre(fine, 64),
  coarse: centre(fine.subarray(0, experts * routingWidth), experts),
}
const set: SetFeatures = {
  definition: {
    name: 'bench',
    type: 'classification',
    where: {},
    templates: undefined,
    routing_templates: undefined,
  },
  texts: Array.from({ length: classes }, (_, label) => `class ${label}`),
  positives: Array.from({ length: images }, (_, row) => [row % classes]),
  models,
  text_of: {},
  keys: Array.from({ length: images }, (_, row) => `k${row}`),
  image: (model) => rowsOf(paths.get(model)!),
  text: async (model) => texts.get(model)!,
  routing: async () => routing,
  neutral: async () => routing,
}
const gemm = openGemm(2)
const route = { rules: builtInRules, ...defaultScale }
const before = process.memoryUsage().rss
const start = performance.now()
const { scores } = await scoreSet(
  set,
  centres,
  { rounds: 500, seed: 31, linear_probe: false, probe_shots: [], best_single: 'expert-0', route },
  gemm,
)
const seconds = (performance.now() - start) / 1000
// Peak memory of the evaluation, before that of the comparison below.
const memory = process.resourceUsage().maxRSS * 1024
const present = Array.from({ length: experts }, (_, expert) => expert)
const { views } = routeTogether(
  'bench',
  'classes',
  routedTexts(set.texts, routing, routing, centres, present),
  route,
)
const some = { ...set, image: async (model: string) => ({ ...(await set.image(model)), rows: compared }) }
const kept = views.map(() => new Float32Array(compared * classes))
await scoreViews(await embeddingPairs(some), views, gemm, (view, from, _, values) =>
  kept[view]!.set(values, from * classes),
)
for (const [index, { name }] of views.entries())
  await writeFile(join(folder, `ours-${name}.npy`), encodeNpy(kept[index]!, [compared, classes]))
await gemm.close()
const top1 = Object.fromEntries(
  scores.filter(({ metric }) => metric === 'top1').map(({ model, value }) => [model, value]),
)
console.log(JSON.stringify({ seconds, memory, before, top1 }))
