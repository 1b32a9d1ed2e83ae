import { usableCores } from '../core/usable-cores.js'
import { readFile } from 'node:fs/promises'
import { decodeImage, ImageError } from '../io/image/image.js'
import { decodeRaw } from '../io/image/raw-pixels.js'
import type { ClassifyOptions, Ensemble, Routing } from './ensemble.js'
import { loadEnsemble } from './load.js'

/** Output of `coterie classify --json`. */
export interface ClassifiedFiles {
  readonly experts: number
  readonly present: readonly number[]
  readonly routing: Routing
  readonly images: readonly {
    readonly image: string
    /** The best classes; none if there is an error. */
    readonly classes: readonly { readonly name: string; readonly score: number }[]
    /** Why this image was not classified. */
    readonly error?: string | undefined
  }[]
}

export async function classifyFiles(
  folder: string,
  images: readonly string[],
  classes: readonly string[],
  { top, ...options }: ClassifyOptions & { readonly top: number },
): Promise<ClassifiedFiles> {
  const ensemble = await loadEnsemble(folder, { threads: usableCores() })
  try {
    const files = await Promise.all(images.map(readPicture))
    const { scores, routing } = await classifyReadable(ensemble, files, classes, options)
    let row = 0
    return {
      experts: ensemble.experts,
      present: ensemble.present,
      routing,
      images: files.map(({ image, error }) => {
        if (error !== undefined) return { image, classes: [], error }
        const own = classes.map((name, column) => ({ name, score: scores[row * classes.length + column]! }))
        row += 1
        return { image, classes: own.sort((a, b) => b.score - a.score).slice(0, top) }
      }),
    }
  } finally {
    await ensemble.close()
  }
}

interface Picture {
  readonly image: string
  readonly bytes: Uint8Array
  error?: string | undefined
}

async function readPicture(image: string): Promise<Picture> {
  try {
    return { image, bytes: await readFile(image) }
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException
    const known = { ENOENT: 'there is no such file', EISDIR: 'a folder', EACCES: 'may not be read' }
    return { image, bytes: new Uint8Array(), error: known[code as keyof typeof known] ?? message }
  }
}

/** Scores of the pictures without an error. Those that cannot be decoded get one. */
async function classifyReadable(
  ensemble: Ensemble,
  pictures: readonly Picture[],
  classes: readonly string[],
  options: ClassifyOptions,
): ReturnType<Ensemble['classify']> {
  const readable = pictures.filter(({ error }) => error === undefined)
  try {
    return await ensemble.classify(
      readable.map(({ bytes }) => bytes),
      classes,
      options,
    )
  } catch (thrown) {
    if (!(thrown instanceof ImageError)) throw thrown
    await Promise.all(readable.map(noteUndecodable))
    if (readable.every(({ error }) => error === undefined)) throw thrown
    return classifyReadable(ensemble, pictures, classes, options)
  }
}

async function noteUndecodable(picture: Picture): Promise<void> {
  try {
    await decodeRaw(picture.bytes)
    await decodeImage(picture.bytes, { size: { width: 8, height: 8 }, fit: 'fill' })
  } catch (thrown) {
    if (!(thrown instanceof ImageError)) throw thrown
    picture.error = `not a readable image: ${thrown.message} (${thrown.reason})`
  }
}
