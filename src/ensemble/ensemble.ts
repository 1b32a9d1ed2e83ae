import type { Rule } from '../routing/rules.js'

export interface EnsembleOptions {
  /** Threads per model. */
  readonly threads?: number | undefined
}

/** Overrides of the folder's routing settings. */
export interface RoutingOptions {
  readonly rule?: Rule | undefined
  readonly lambda?: number | undefined
  readonly temperature?: number | undefined
}

export interface ClassifyOptions extends RoutingOptions {
  /** Phrases with `{}` in place of the class name. */
  readonly templates?: readonly string[] | undefined
  /** Templates for routing only, if they should differ. */
  readonly routing_templates?: readonly string[] | undefined
}

export interface Classified {
  /** [images, classes] row-major: the weighted sum of the experts' cosines. */
  readonly scores: Float32Array
  /** Number of the best class of each image; ties go to the lower number. */
  readonly best: readonly number[]
  readonly routing: Routing
}

export interface Routing {
  readonly rule: Rule
  /** One per expert; zero for those that are absent. */
  readonly weights: readonly number[]
  readonly entropy: number
  readonly mean_affinity: number
}

/** Vectors by expert (`expert-0`), each in that expert's own space. */
export type ByModel = ReadonlyMap<string, Float32Array>

export interface Ensemble {
  /** Numbers of the experts that are present, of `experts` in total. */
  readonly present: readonly number[]
  readonly experts: number
  /**
   * Scores encoded images (JPEG, PNG, WebP…) against class names. Throws `ImageError` for bytes that are not
   * an image, `E_ENSEMBLE` for empty or duplicate class names, `E_ROUTING_RULE` for an unknown rule.
   */
  classify(
    images: readonly Uint8Array[],
    classes: readonly string[],
    options?: ClassifyOptions,
  ): Promise<Classified>
  /** Embeds images as unit vectors [images, width] with every expert. Throws `ImageError`. */
  embedImages(images: readonly Uint8Array[]): Promise<ByModel>
  /** Embeds texts as unit vectors [texts, width] with every expert. */
  embedTexts(texts: readonly string[]): Promise<ByModel>
  /**
   * Scores images for queries, [queries, images]; every query is routed separately. `images` is a result of
   * `embedImages`.
   */
  search(
    queries: readonly string[],
    images: ByModel,
    options?: ClassifyOptions,
  ): Promise<{ readonly scores: Float32Array; readonly weights: Float64Array }>
  close(): Promise<void>
}
