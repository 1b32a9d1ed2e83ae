import { isExpert } from '../core/model-key.js'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readExpert, type Expert } from '../artefacts/bundle.js'
import { centreSets, readCentres } from '../artefacts/centres.js'
import { ruleName } from '../artefacts/routing.js'
import { PipelineError } from '../core/error.js'
import { list, number, object, oneOf, optional, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { fileSource } from '../io/store/local/source.js'
import type { EncoderOptions } from '../math/encoder/encoder.js'
import type { CentreSets } from '../routing/distances.js'
import type { Scale } from '../routing/rule.js'
import type { Rule } from '../routing/rules.js'

/** `ensemble.json`; docs/guides/ensemble.md has the whole layout. */
export interface EnsembleDocument {
  readonly version: 1
  readonly experts: number
  readonly models: readonly string[]
  readonly encoder: Pick<EncoderOptions, 'pooling' | 'precision' | 'max_tokens'>
  readonly routing: Scale & { readonly rule: Rule }
}

const ensemble: Shape<EnsembleDocument> = object({
  version: oneOf(1),
  experts: number,
  models: list(text),
  encoder: object({
    pooling: optional(oneOf('auto', 'mean', 'cls', 'pooler', 'sentence')),
    precision: optional(oneOf('float32', 'float16', 'int8')),
    max_tokens: optional(number),
  }),
  routing: object({
    rule: ruleName,
    lambda: number,
    temperature: number,
  }),
})

export interface EnsembleFolder {
  readonly path: string
  readonly about: EnsembleDocument
  /** Bundles that are present, by model. */
  readonly bundles: ReadonlyMap<string, Expert>
  readonly centres: CentreSets
}

export async function readEnsembleFolder(path: string): Promise<EnsembleFolder> {
  const about = await part(path, 'ensemble.json', (files) => readJsonOf(files, 'ensemble.json', ensemble))
  const present = new Set(await readdir(path))
  const bundles = new Map<string, Expert>()
  for (const model of about.models) {
    if (!present.has(model)) continue
    bundles.set(model, await part(join(path, model), 'expert.json', readExpert))
  }
  if (![...bundles.keys()].some(isExpert)) {
    throw ensembleError(
      path,
      'no expert is present',
      about.models.filter(isExpert).join(', '),
      [...bundles.keys()].join(', ') || 'no bundle',
    )
  }
  const centres = centreSets(await part(join(path, 'centres'), 'the centres', readCentres))
  if (centres.fine.expert_count !== about.experts) {
    throw ensembleError(
      path,
      'the centres have another number of experts',
      String(about.experts),
      String(centres.fine.expert_count),
    )
  }
  return { path, about, bundles, centres }
}

async function part<T>(folder: string, what: string, read: (files: Files) => Promise<T>): Promise<T> {
  try {
    return await read({ open: (name) => fileSource(join(folder, name)) })
  } catch (cause) {
    const { message, expected, found } = PipelineError.from(cause)
    throw ensembleError(
      folder,
      `${what} cannot be read: ${message}`,
      expected ?? 'a folder that `coterie export` wrote',
      found ?? message,
    )
  }
}

export function ensembleError(
  place: string,
  message: string,
  expected: string,
  found: string,
): PipelineError {
  return new PipelineError({
    code: 'E_ENSEMBLE',
    failure: 'usage',
    message,
    place,
    expected,
    found,
    hint: 'create such a folder with `coterie export MANIFEST DIR`',
  })
}
