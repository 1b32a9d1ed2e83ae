import { readEvaluationSet, writeEvaluationSet, type EvaluationSet } from '../../artefacts/evaluation-set.js'
import { encodeNpy, openNpy } from '../../io/npy.js'
import { gather } from '../../math/ridge/moments.js'
import type { Artefact, Output } from '../define.js'

/**
 * Features of one evaluation set, stored so that scoring any ensemble or routing rule is mere arithmetic:
 * `set.json`, `image-<model>.npy` [rows, width], `text-<n>.npy` [texts, width], `routing.npy` [texts, encoder
 * width] and `routing-neutral.npy`, the same names in a neutral phrase. Texts are class names or captions.
 */
export interface SetFeatures extends EvaluationSet {
  /** The file is read only as its rows are requested. */
  image(model: string): Promise<RowSource>
  text(model: string): Promise<Matrix>
  /** Embeddings by the run's caption encoder. */
  routing(): Promise<Matrix>
  neutral(): Promise<Matrix>
}

/** Rows of a matrix that may not fit in memory: memory must not grow with the number of images. */
export interface RowSource {
  readonly rows: number
  readonly width: number
  /** Rows [start, end), row-major. */
  read(start: number, end: number): Promise<Float32Array>
}

export function inMemory({ rows, width, data }: Matrix): RowSource {
  return { rows, width, read: async (start, end) => data.subarray(start * width, end * width) }
}

export async function whole(source: RowSource): Promise<Matrix> {
  return { rows: source.rows, width: source.width, data: await source.read(0, source.rows) }
}

/** The given rows, in ascending order, of another source. */
export function selectRows(source: RowSource, rows: readonly number[]): RowSource {
  return {
    rows: rows.length,
    width: source.width,
    async read(start, end) {
      const wanted = rows.slice(start, end)
      const [first = 0, last = -1] = [wanted[0], wanted.at(-1)]
      const data = await source.read(first, last + 1)
      return gather(
        data,
        source.width,
        wanted.map((row) => row - first),
      )
    },
  }
}

export interface Matrix {
  readonly rows: number
  readonly width: number
  readonly data: Float32Array
}

export async function writeSetFeatures(
  out: Output,
  about: EvaluationSet,
  vectors: {
    readonly images: ReadonlyMap<string, Float32Array>
    readonly texts: readonly Float32Array[]
    readonly routing: Float32Array
    readonly neutral: Float32Array
  },
): Promise<void> {
  const put = async (name: string, data: Float32Array, rows: number) =>
    out.put(name, encodeNpy(data, [rows, rows === 0 ? 0 : data.length / rows]), rows)
  for (const [model, data] of vectors.images) await put(`image-${model}.npy`, data, about.positives.length)
  for (const [index, data] of vectors.texts.entries())
    await put(`text-${index}.npy`, data, about.texts.length)
  await put('routing.npy', vectors.routing, about.texts.length)
  await put('routing-neutral.npy', vectors.neutral, about.texts.length)
  await writeEvaluationSet(out, about)
}

/** Joins the tasks of one set, each of which may cover only some of the models. */
export async function readSetFeatures(artefacts: readonly Artefact[]): Promise<SetFeatures> {
  const parts = await Promise.all(
    artefacts.map(async (artefact) => ({ artefact, about: await readEvaluationSet(artefact) })),
  )
  const [first] = parts
  const partOf = (model: string) => {
    const part = parts.find(({ about }) => about.models.includes(model))
    if (!part) throw new RangeError(`no features of ${model}`)
    return part
  }
  return {
    ...first!.about,
    models: parts.flatMap(({ about }) => about.models),
    image: (model) => rowsOf(partOf(model).artefact, `image-${model}.npy`),
    text: (model) => matrix(partOf(model).artefact, `text-${partOf(model).about.text_of[model]}.npy`),
    routing: () => matrix(first!.artefact, 'routing.npy'),
    neutral: () => matrix(first!.artefact, 'routing-neutral.npy'),
  }
}

export async function matrix(artefact: Artefact, name: string): Promise<Matrix> {
  return whole(await rowsOf(artefact, name))
}

async function rowsOf(artefact: Artefact, name: string): Promise<RowSource> {
  const file = await openNpy(await artefact.open(name))
  const [rows = 0, width = 0] = file.shape
  return { rows, width, read: (start, end) => file.readRows(start, end) }
}
