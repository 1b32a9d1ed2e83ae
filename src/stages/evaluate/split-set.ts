import { rowKey, unitOfRow } from '../../core/random.js'
import { gather } from '../../math/ridge/moments.js'
import { selectRows, type Matrix, type SetFeatures } from './set-features.js'

/** Splits one set by hash of the images' keys. For retrieval, each part keeps only its own captions. */
export function splitSet(
  set: SetFeatures,
  share: number,
  seed: number,
): { readonly validation: SetFeatures; readonly test: SetFeatures } {
  const isValidation = set.keys.map((key) => unitOfRow(rowKey(seed, 'validation rows', key), 0) < share)
  const rows = (which: boolean) => isValidation.flatMap((value, row) => (value === which ? [row] : []))
  return { validation: part(set, rows(true)), test: part(set, rows(false)) }
}

function part(set: SetFeatures, rows: readonly number[]): SetFeatures {
  const own =
    set.definition.type === 'retrieval'
      ? [...new Set(rows.flatMap((row) => set.positives[row]!))].sort((a, b) => a - b)
      : set.texts.map((_, text) => text)
  const position = new Map(own.map((text, index) => [text, index]))
  const texts = async (matrix: Promise<Matrix>) =>
    own.length === set.texts.length ? matrix : pick(await matrix, own)
  return {
    ...set,
    keys: rows.map((row) => set.keys[row]!),
    positives: rows.map((row) => set.positives[row]!.map((text) => position.get(text)!)),
    texts: own.map((text) => set.texts[text]!),
    image: async (model) => selectRows(await set.image(model), rows),
    text: (model) => texts(set.text(model)),
    routing: () => texts(set.routing()),
    neutral: () => texts(set.neutral()),
  }
}

function pick({ width, data }: Matrix, rows: readonly number[]): Matrix {
  return { rows: rows.length, width, data: gather(data, width, rows) }
}
