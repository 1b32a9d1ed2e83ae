import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { PipelineError } from '../core/error.js'
import { ImageError } from '../io/image/image.js'
import type { ClassifyOptions, Routing } from './ensemble.js'
import { loadEnsemble } from './load.js'

/** Output of `coterie classify --json`. */
export interface ClassifiedFiles {
  readonly experts: number
  readonly present: readonly number[]
  readonly routing: Routing
  readonly images: readonly {
    readonly image: string
    readonly classes: readonly { readonly name: string; readonly score: number }[]
  }[]
}

export async function classifyFiles(
  folder: string,
  images: readonly string[],
  classes: readonly string[],
  { top, ...options }: ClassifyOptions & { readonly top: number },
): Promise<ClassifiedFiles> {
  const ensemble = await loadEnsemble(folder, { threads: availableParallelism() })
  try {
    const pictures = await Promise.all(images.map((image) => readFile(image)))
    const { scores, routing } = await ensemble
      .classify(pictures, classes, options)
      .catch((error: unknown) => {
        if (error instanceof ImageError)
          throw new PipelineError({
            code: 'E_IMAGE',
            failure: 'usage',
            message: `one of the files is not a readable image (${error.reason})`,
            place: images.join(', '),
            found: error.message,
            cause: error,
          })
        throw error
      })
    return {
      experts: ensemble.experts,
      present: ensemble.present,
      routing,
      images: images.map((image, row) => {
        const own = classes.map((name, column) => ({ name, score: scores[row * classes.length + column]! }))
        return { image, classes: own.sort((a, b) => b.score - a.score).slice(0, top) }
      }),
    }
  } finally {
    await ensemble.close()
  }
}
