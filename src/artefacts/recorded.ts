import type { Json } from '../core/json.js'
import { checked } from '../core/parse-json.js'
import type { Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'

/** A finished task's files, and what its record noted. */
export interface Recorded extends Files {
  readonly stage: string
  readonly key: string
  readonly files: readonly { readonly name: string }[]
  readonly notes: { readonly [name: string]: Json }
}

export function hasFile({ files }: Pick<Recorded, 'files'>, name: string): boolean {
  return files.some((file) => file.name === name)
}

/**
 * A document that tasks of earlier versions did not write: theirs is put together from what they noted, so
 * that what they made is used again.
 */
export async function readOrRecall<T>(
  artefact: Recorded,
  name: string,
  shape: Shape<T>,
  recall: (notes: Recorded['notes']) => unknown,
): Promise<T> {
  if (hasFile(artefact, name)) return readJsonOf(artefact, name, shape)
  return checked(recall(artefact.notes), `notes of ${artefact.stage}/${artefact.key}`, shape)
}
