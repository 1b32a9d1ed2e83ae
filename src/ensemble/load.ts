import { expertKey, expertOf } from '../core/model-key.js'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Expert } from '../artefacts/bundle.js'
import { localEncoderFolder } from '../io/encoder-files.js'
import type { Encoder } from '../math/encoder/encoder.js'
import { loadEncoder } from '../math/encoder/load.js'
import { loadTokenizer } from '../math/encoder/tokenizer/load.js'
import { openSession } from '../math/session/open.js'
import type { Session } from '../math/session.js'
import { imageBatch, pixelTensor } from '../math/towers/pixels.js'
import { distancesTo } from '../routing/distances.js'
import { ruleNamed } from '../routing/registry.js'
import type { Rule } from '../routing/rules.js'
import { weighEach, weighTogether } from '../routing/weigh.js'
import { readEnsembleFolder, trouble } from './folder.js'
import { overTemplates } from './over-templates.js'
import { preparePicture } from './prepare-picture.js'
import { embedTexts, type TextTower } from './text-tower.js'

export interface EnsembleOptions {
  /** Threads of each model. */
  readonly threads?: number | undefined
}

export interface ClassifyOptions {
  /** Phrases with `{}` where the class name goes. */
  readonly templates?: readonly string[] | undefined
  /** The same for routing alone, where it should differ. */
  readonly routing_templates?: readonly string[] | undefined
  /** Instead of what the folder says. */
  readonly rule?: Rule | undefined
  readonly lambda?: number | undefined
  readonly temperature?: number | undefined
}

export interface Classified {
  /** [images, classes] row-major: the weighted sum of the experts' cosines. */
  readonly scores: Float32Array
  /** Number of the best class of each image; the lower number at a tie. */
  readonly best: readonly number[]
  readonly routing: Routing
}

export interface Routing {
  readonly rule: Rule
  /** One per expert; zero for those that are not there. */
  readonly weights: readonly number[]
  readonly entropy: number
  readonly mean_affinity: number
}

/** Vectors of one expert or more, each in that expert's own space. */
export type ByModel = ReadonlyMap<string, Float32Array>

export interface Ensemble {
  /** Experts that are there, of `experts` in all. */
  readonly present: readonly number[]
  readonly experts: number
  /**
   * Encoded images (JPEG, PNG, WebP…) against class names. Throws `ImageError` for bytes that are no image.
   */
  classify(
    images: readonly Uint8Array[],
    classes: readonly string[],
    options?: ClassifyOptions,
  ): Promise<Classified>
  /** Unit vectors [images, width] by every expert. */
  embedImages(images: readonly Uint8Array[]): Promise<ByModel>
  /** Unit vectors [texts, width] by every expert. */
  embedTexts(texts: readonly string[]): Promise<ByModel>
  /** [queries, images]: every query is routed for itself. `images` as `embedImages` gives them. */
  search(
    queries: readonly string[],
    images: ByModel,
    options?: ClassifyOptions,
  ): Promise<{ readonly scores: Float32Array; readonly weights: Float64Array }>
  close(): Promise<void>
}

/**
 * Opens a folder that `coterie export` made, with whichever of its experts are there. Models are loaded when
 * they are first needed and kept until `close`. Throws `E_ENSEMBLE`.
 */
export async function loadEnsemble(folder: string, { threads = 1 }: EnsembleOptions = {}): Promise<Ensemble> {
  const { about, bundles, centres, path } = await readEnsembleFolder(folder)
  const present = [...bundles.keys()].flatMap((model) => expertOf(model) ?? []).sort((a, b) => a - b)
  const opened = new Map<string, Promise<Session>>()
  const session = (model: string, file: string): Promise<Session> => {
    const name = join(path, model, file)
    let found = opened.get(name)
    if (!found) opened.set(name, (found = openSession(name, { threads, reuse_memory: true })))
    return found
  }
  let encoder: Promise<Encoder> | undefined
  const routingVectors = async (texts: readonly string[]) => {
    encoder ??= loadEncoder(localEncoderFolder(join(path, 'encoder')), { ...about.encoder, threads })
    return (await (await encoder).embed(texts)).vectors
  }
  const bundleOf = (expert: number) => bundles.get(expertKey(expert))!
  const towers = new Map<number, Promise<TextTower>>()
  const tower = (expert: number): Promise<TextTower> => {
    let found = towers.get(expert)
    if (!found) towers.set(expert, (found = openTower(expert)))
    return found
  }

  async function openTower(expert: number): Promise<TextTower> {
    const { text, embedding_width: width } = bundleOf(expert)
    const holder = text.bundle ?? expertKey(expert)
    if (!bundles.has(holder))
      throw trouble(
        path,
        `expert-${expert} has its text tower in ${holder}, which is not there`,
        holder,
        [...bundles.keys()].join(', '),
      )
    const files = {
      place: join(path, holder),
      list: async () => ['tokenizer.json'],
      read: () => readFile(join(path, holder, 'tokenizer.json')),
    }
    return {
      session: await session(holder, 'text.onnx'),
      tokenizer: await loadTokenizer(files, 'tokenizer.json', { lowercase: text.lowercase }),
      preparation: text,
      width,
    }
  }

  async function textsOf(expert: number, texts: readonly string[]): Promise<Float32Array> {
    const vectors = await embedTexts(await tower(expert), texts)
    if (!vectors)
      throw trouble(
        path,
        `expert-${expert} gives vectors of another width than it says`,
        String(bundleOf(expert).embedding_width),
        'another',
      )
    return vectors
  }

  async function imagesOf(
    expert: number,
    pictures: readonly Uint8Array[],
    { image, embedding_width: width }: Expert,
  ): Promise<Float32Array> {
    const model = await session(expertKey(expert), 'image.onnx')
    const vectors = new Float32Array(pictures.length * width)
    for (let start = 0; start < pictures.length; start += imageBatch) {
      const part = pictures.slice(start, start + imageBatch)
      const { image_embedding: out } = await model.run({ pixels: pixelTensor(part, image) }, [
        'image_embedding',
      ])
      if (out!.dims[1] !== width)
        throw trouble(
          path,
          `expert-${expert} gives vectors of another width than it says`,
          String(width),
          String(out!.dims[1]),
        )
      vectors.set((out!.data as Float32Array).subarray(0, part.length * width), start * width)
    }
    return vectors
  }

  async function embedImages(images: readonly Uint8Array[]): Promise<ByModel> {
    const preparations = present.map((expert) => bundleOf(expert).image)
    const distinct = [...new Map(preparations.map((each) => [JSON.stringify(each), each])).values()]
    const prepared: Uint8Array[][] = []
    for (const image of images) prepared.push(await preparePicture(image, distinct))
    const out = new Map<string, Float32Array>()
    for (const [index, expert] of present.entries()) {
      const at = distinct.findIndex((each) => JSON.stringify(each) === JSON.stringify(preparations[index]))
      out.set(
        expertKey(expert),
        await imagesOf(
          expert,
          prepared.map((each) => each[at]!),
          bundleOf(expert),
        ),
      )
    }
    return out
  }

  async function embedEvery(texts: readonly string[]): Promise<ByModel> {
    const out = new Map<string, Float32Array>()
    for (const expert of present) out.set(expertKey(expert), await textsOf(expert, texts))
    return out
  }

  const given = ({ rule, lambda, temperature }: ClassifyOptions) => ({
    rule: ruleNamed(rule ?? about.routing.rule),
    scale: {
      lambda: lambda ?? about.routing.lambda,
      temperature: temperature ?? about.routing.temperature,
    },
  })

  return {
    present,
    experts: about.experts,
    embedImages,
    embedTexts: embedEvery,
    async classify(images, classes, options = {}) {
      refuseNames(path, classes)
      const templates = options.templates ?? ['{}']
      const vectors = await embedImages(images)
      const { rule, scale } = given(options)
      const distances = distancesTo(
        centres,
        await overTemplates(classes, options.routing_templates ?? templates, routingVectors),
        present,
      )
      const routed = weighTogether(rule, distances, scale)
      const scores = new Float32Array(images.length * classes.length)
      for (const expert of present) {
        const texts = await overTemplates(classes, templates, (filled) => textsOf(expert, filled))
        addProducts(
          scores,
          vectors.get(expertKey(expert))!,
          texts,
          bundleOf(expert).embedding_width,
          (_, column) => routed.by_text[column * about.experts + expert]!,
        )
      }
      const best = images.map((_, row) =>
        highest(scores.subarray(row * classes.length, (row + 1) * classes.length)),
      )
      return {
        scores,
        best,
        routing: {
          rule: rule.name,
          weights: [...routed.weights],
          entropy: routed.entropy,
          mean_affinity: routed.mean_affinity,
        },
      }
    },
    async search(queries, images, options = {}) {
      const { rule, scale } = given(options)
      const distances = distancesTo(centres, await routingVectors(queries), present)
      const { by_text: weights } = weighEach(rule, distances, scale)
      const texts = await embedEvery(queries)
      const count = images.get(expertKey(present[0]!))!.length / bundleOf(present[0]!).embedding_width
      const scores = new Float32Array(queries.length * count)
      for (const expert of present) {
        const name = expertKey(expert)
        addProducts(
          scores,
          texts.get(name)!,
          images.get(name)!,
          bundleOf(expert).embedding_width,
          (row) => weights[row * about.experts + expert]!,
        )
      }
      return { scores, weights }
    },
    async close() {
      for (const each of opened.values()) await (await each).close()
      await (await encoder)?.close()
    },
  }
}

/** Adds weighted cosines of unit vectors: `rows` [m, width] against `columns` [n, width]. */
function addProducts(
  into: Float32Array,
  rows: Float32Array,
  columns: Float32Array,
  width: number,
  weight: (row: number, column: number) => number,
): void {
  const n = columns.length / width
  for (let row = 0; row < rows.length / width; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += rows[row * width + i]! * columns[column * width + i]!
      into[row * n + column]! += weight(row, column) * sum
    }
  }
}

function highest(scores: Float32Array): number {
  let best = 0
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i
  return best
}

function refuseNames(path: string, classes: readonly string[]): void {
  const wrong = classes.find((name, index) => name.trim() === '' || classes.indexOf(name) !== index)
  if (classes.length === 0 || wrong !== undefined)
    throw trouble(
      path,
      'class names have to be there, distinct and not empty',
      'one name a class',
      wrong === undefined ? 'none' : JSON.stringify(wrong),
    )
}
