import { join } from 'node:path'
import { localEncoderFolder } from '../io/encoder-files.js'
import type { Encoder } from '../math/encoder/encoder.js'
import { loadEncoder } from '../math/encoder/load.js'
import { distancesTo, type CentreDistances } from '../routing/distances.js'
import { ruleNamed } from '../routing/registry.js'
import type { RoutingRule, Scale } from '../routing/rule.js'
import type { Rule } from '../routing/rules.js'
import { weighEach, weighTogether, type Routed } from '../routing/weigh.js'
import type { RoutingOptions } from './ensemble.js'
import type { EnsembleFolder } from './folder.js'
import { overTemplates } from './over-templates.js'

/**
 * Weighs the experts that are present in a folder, using the caption encoder that the centres were fitted
 * with.
 */
export class Router {
  readonly #folder: EnsembleFolder
  readonly #present: readonly number[]
  readonly #threads: number
  #encoder: Promise<Encoder> | undefined

  constructor(folder: EnsembleFolder, present: readonly number[], threads: number) {
    this.#folder = folder
    this.#present = present
    this.#threads = threads
  }

  /** All class names decide the weights together. */
  async classes(
    names: readonly string[],
    templates: readonly string[],
    options: RoutingOptions,
  ): Promise<Routed & { readonly rule: Rule }> {
    const { rule, scale } = this.#choice(options)
    const vectors = await overTemplates(names, templates, (filled) => this.#embed(filled))
    return { rule: rule.name, ...weighTogether(rule, this.#distances(vectors), scale) }
  }

  /** Each query has its own weights. */
  async queries(queries: readonly string[], options: RoutingOptions): Promise<Routed> {
    const { rule, scale } = this.#choice(options)
    return weighEach(rule, this.#distances(await this.#embed(queries)), scale)
  }

  async close(): Promise<void> {
    await (await this.#encoder)?.close()
  }

  #choice({ rule, lambda, temperature }: RoutingOptions): { rule: RoutingRule<Rule>; scale: Scale } {
    const { routing } = this.#folder.about
    return {
      rule: ruleNamed(rule ?? routing.rule),
      scale: {
        lambda: lambda ?? routing.lambda,
        temperature: temperature ?? routing.temperature,
      },
    }
  }

  #distances(vectors: Float32Array): CentreDistances {
    return distancesTo(this.#folder.centres, vectors, this.#present)
  }

  async #embed(texts: readonly string[]): Promise<Float32Array> {
    const { path, about } = this.#folder
    this.#encoder ??= loadEncoder(localEncoderFolder(join(path, 'encoder')), {
      ...about.encoder,
      threads: this.#threads,
    })
    return (await (await this.#encoder).embed(texts)).vectors
  }
}
