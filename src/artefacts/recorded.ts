import type { Json } from '../core/json.js'
import { checked } from '../core/parse-json.js'
import type { Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'

/** A finished task's files, and the notes in its record. */
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
 * Reads a document that earlier versions did not write: theirs is reconstructed from the task's notes, so
 * that their results are reused.
 */
export async function readOrReconstruct<T>(
  artefact: Recorded,
  name: string,
  shape: Shape<T>,
  reconstruct: (notes: Recorded['notes']) => unknown,
): Promise<T> {
  if (hasFile(artefact, name)) return readJsonOf(artefact, name, shape)
  return checked(reconstruct(artefact.notes), `notes of ${artefact.stage}/${artefact.key}`, shape)
}
