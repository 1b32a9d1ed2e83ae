import type { Rule } from '../routing/rules.js'

export interface EnsembleOptions {
  /** Threads of each model. */
  readonly threads?: number | undefined
}

/** What a caller may ask for instead of what the folder says. */
export interface RoutingOptions {
  readonly rule?: Rule | undefined
  readonly lambda?: number | undefined
  readonly temperature?: number | undefined
}

export interface ClassifyOptions extends RoutingOptions {
  /** Phrases with `{}` where the class name goes. */
  readonly templates?: readonly string[] | undefined
  /** The same for routing alone, where it should differ. */
  readonly routing_templates?: readonly string[] | undefined
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
  /** One per expert; zero for those that are absent. */
  readonly weights: readonly number[]
  readonly entropy: number
  readonly mean_affinity: number
}

/** Vectors by expert (`expert-0`), each in that expert's own space. */
export type ByModel = ReadonlyMap<string, Float32Array>

export interface Ensemble {
  /** Experts that are there, of `experts` in all. */
  readonly present: readonly number[]
  readonly experts: number
  /**
   * Encoded images (JPEG, PNG, WebP…) against class names. Throws `ImageError` for bytes that are no image,
   * `E_ENSEMBLE` for class names that are empty or there twice, `E_ROUTING_RULE` for an unknown rule.
   */
  classify(
    images: readonly Uint8Array[],
    classes: readonly string[],
    options?: ClassifyOptions,
  ): Promise<Classified>
  /** Unit vectors [images, width] by every expert. Throws `ImageError`. */
  embedImages(images: readonly Uint8Array[]): Promise<ByModel>
  /** Unit vectors [texts, width] by every expert. */
  embedTexts(texts: readonly string[]): Promise<ByModel>
  /** [queries, images]: every query is routed for itself. `images` as `embedImages` returns them. */
  search(
    queries: readonly string[],
    images: ByModel,
    options?: ClassifyOptions,
  ): Promise<{ readonly scores: Float32Array; readonly weights: Float64Array }>
  close(): Promise<void>
}
