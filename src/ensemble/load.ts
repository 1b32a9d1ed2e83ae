import { expertOf } from '../core/model-key.js'
import type { ByModel, Classified, ClassifyOptions, Ensemble, EnsembleOptions } from './ensemble.js'
import { ExpertModel, Sessions } from './expert.js'
import { readEnsembleFolder, ensembleError, type EnsembleFolder } from './folder.js'
import { overTemplates } from './over-templates.js'
import { distinctResizings, preparePicture } from './prepare-picture.js'
import { addProducts, indexOfMax } from './products.js'
import { Router } from './router.js'

/**
 * Opens a folder that `coterie export` wrote, with the experts that are present. Models are loaded on first
 * use and kept until `close`. Throws `E_ENSEMBLE`.
 */
export async function loadEnsemble(folder: string, { threads = 1 }: EnsembleOptions = {}): Promise<Ensemble> {
  return new LoadedEnsemble(await readEnsembleFolder(folder), threads)
}

class LoadedEnsemble implements Ensemble {
  readonly present: readonly number[]
  readonly experts: number
  readonly #path: string
  readonly #members: readonly ExpertModel[]
  readonly #sessions: Sessions
  readonly #router: Router

  constructor(folder: EnsembleFolder, threads: number) {
    this.present = [...folder.bundles.keys()].flatMap((model) => expertOf(model) ?? []).sort((a, b) => a - b)
    this.experts = folder.about.experts
    this.#path = folder.path
    this.#sessions = new Sessions(folder.path, threads)
    this.#members = this.present.map((expert) => new ExpertModel(expert, folder, this.#sessions))
    this.#router = new Router(folder, this.present, threads)
  }

  async classify(
    images: readonly Uint8Array[],
    classes: readonly string[],
    options: ClassifyOptions = {},
  ): Promise<Classified> {
    checkNames(this.#path, classes)
    const templates = options.templates ?? ['{}']
    const vectors = await this.embedImages(images)
    const routed = await this.#router.classes(classes, options.routing_templates ?? templates, options)
    const scores = new Float32Array(images.length * classes.length)
    for (const expert of this.#members) {
      const texts = await overTemplates(classes, templates, (filled) => expert.embedTexts(filled))
      const weight = (_: number, column: number) => routed.by_text[column * this.experts + expert.number]!
      addProducts(scores, vectors.get(expert.name)!, texts, expert.width, weight)
    }
    const { rule, weights, entropy, mean_affinity } = routed
    return {
      scores,
      best: images.map((_, row) =>
        indexOfMax(scores.subarray(row * classes.length, (row + 1) * classes.length)),
      ),
      routing: { rule, weights: [...weights], entropy, mean_affinity },
    }
  }

  async embedImages(images: readonly Uint8Array[]): Promise<ByModel> {
    const { distinct, positions } = distinctResizings(this.#members.map(({ preparation }) => preparation))
    const prepared: Uint8Array[][] = []
    for (const image of images) prepared.push(await preparePicture(image, distinct))
    const out = new Map<string, Float32Array>()
    for (const [index, expert] of this.#members.entries()) {
      const pictures = prepared.map((sizes) => sizes[positions[index]!]!)
      out.set(expert.name, await expert.embedPictures(pictures))
    }
    return out
  }

  async embedTexts(texts: readonly string[]): Promise<ByModel> {
    const out = new Map<string, Float32Array>()
    for (const expert of this.#members) out.set(expert.name, await expert.embedTexts(texts))
    return out
  }

  async search(
    queries: readonly string[],
    images: ByModel,
    options: ClassifyOptions = {},
  ): Promise<{ readonly scores: Float32Array; readonly weights: Float64Array }> {
    const { by_text: weights } = await this.#router.queries(queries, options)
    const texts = await this.embedTexts(queries)
    const [first] = this.#members
    const scores = new Float32Array(queries.length * (images.get(first!.name)!.length / first!.width))
    for (const { name, number, width } of this.#members) {
      const weight = (row: number) => weights[row * this.experts + number]!
      addProducts(scores, texts.get(name)!, images.get(name)!, width, weight)
    }
    return { scores, weights }
  }

  async close(): Promise<void> {
    await this.#sessions.close()
    await this.#router.close()
  }
}

function checkNames(path: string, classes: readonly string[]): void {
  const wrong = classes.find((name, index) => name.trim() === '' || classes.indexOf(name) !== index)
  if (classes.length === 0 || wrong !== undefined)
    throw ensembleError(
      path,
      'class names must be distinct and not empty, and there must be at least one',
      'one name per class',
      wrong === undefined ? 'none' : JSON.stringify(wrong),
    )
}
