import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PipelineError } from '../core/error.js'
import { openNpy } from '../io/npy.js'
import { fileSource } from '../io/store/local/source.js'
import type { EncoderOptions } from '../math/encoder/encoder.js'
import type { ImagePreparation } from '../math/towers/pixels.js'
import type { CentreSets } from '../routing/distances.js'
import type { Scale } from '../routing/rule.js'
import type { Rule } from '../routing/rules.js'
import type { TextPreparation } from './text-tower.js'

/** `ensemble.json`; docs/guides/ensemble.md has the whole layout. */
export interface EnsembleDocument {
  readonly version: 1
  readonly experts: number
  readonly models: readonly string[]
  readonly encoder: EncoderOptions
  readonly routing: Scale & { readonly rule: Rule }
}

/** What is read of a bundle's `expert.json`. */
export interface BundleDocument {
  readonly model: string
  readonly embedding_width: number
  readonly image: ImagePreparation
  readonly text: TextPreparation & { readonly bundle?: string | null | undefined }
}

export interface EnsembleFolder {
  readonly path: string
  readonly about: EnsembleDocument
  /** Bundles that are there, by model. */
  readonly bundles: ReadonlyMap<string, BundleDocument>
  readonly centres: CentreSets
}

export async function readEnsembleFolder(path: string): Promise<EnsembleFolder> {
  const about = (await readJson(join(path, 'ensemble.json'), path)) as EnsembleDocument
  if (about.version !== 1 || !Number.isInteger(about.experts))
    throw trouble(path, 'ensemble.json is of another version', '"version": 1', JSON.stringify(about.version))
  const there = new Set(await readdir(path))
  const bundles = new Map<string, BundleDocument>()
  for (const model of about.models) {
    if (!there.has(model)) continue
    bundles.set(model, (await readJson(join(path, model, 'expert.json'), path)) as BundleDocument)
  }
  if (![...bundles.keys()].some((model) => model.startsWith('expert-'))) {
    throw trouble(
      path,
      'no expert is there',
      about.models.filter((model) => model.startsWith('expert-')).join(', '),
      [...bundles.keys()].join(', ') || 'no bundle',
    )
  }
  const widths = new Set([...bundles.values()].map(({ embedding_width }) => embedding_width))
  const map = (await readJson(join(path, 'centres/experts.json'), path)) as {
    readonly fine_to_expert: readonly number[]
  }
  const [fine, coarse] = await Promise.all(
    ['fine', 'coarse'].map((name) => matrix(join(path, 'centres', `${name}.npy`))),
  )
  if (widths.size === 0 || fine!.rows !== map.fine_to_expert.length || coarse!.rows !== about.experts) {
    throw trouble(
      path,
      'the centres do not fit each other',
      `${map.fine_to_expert.length} fine, ${about.experts} coarse`,
      `${fine!.rows} fine, ${coarse!.rows} coarse`,
    )
  }
  return {
    path,
    about,
    bundles,
    centres: {
      fine: {
        vectors: fine!.data,
        width: fine!.width,
        experts: map.fine_to_expert,
        expert_count: about.experts,
      },
      coarse: {
        vectors: coarse!.data,
        width: coarse!.width,
        experts: Array.from({ length: about.experts }, (_, expert) => expert),
        expert_count: about.experts,
      },
    },
  }
}

async function matrix(
  path: string,
): Promise<{ readonly rows: number; readonly width: number; readonly data: Float32Array }> {
  const file = await openNpy(await fileSource(path))
  const [rows = 0, width = 0] = file.shape
  return { rows, width, data: await file.readRows(0, rows) }
}

async function readJson(path: string, folder: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw trouble(
      folder,
      `${path.slice(folder.length + 1)} cannot be read`,
      'a folder that `coterie export` made',
      (cause as Error).message,
    )
  }
}

export function trouble(place: string, message: string, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_ENSEMBLE',
    failure: 'usage',
    message,
    place,
    expected,
    found,
    hint: 'coterie export MANIFEST DIR makes such a folder',
  })
}
