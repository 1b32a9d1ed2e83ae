import { isDropReason } from '../core/drop-reason.js'
import { PipelineError } from '../core/error.js'
import { readFileOf } from '../io/read-whole.js'
import type { Assignments } from '../io/tables/assignments.js'
import type { Samples } from '../io/tables/samples.js'
import type { Artefact, Output } from '../stages/define.js'

/** The tables that stages exchange, for plugins. Their decoders are imported on the first call. */

/** One row per caption of a split, in the order of its shard. */
export async function readSamples(artefact: Artefact): Promise<Samples> {
  const { decodeSamples } = await import('../io/tables/samples.js')
  return decodeSamples(await readFileOf(artefact, 'samples.arrow'))
}

/** Fine cluster and expert of every sample, row-aligned with `readSamples`. */
export async function readAssignments(artefact: Artefact): Promise<Assignments> {
  const { decodeAssignments } = await import('../io/tables/assignments.js')
  return decodeAssignments(await readFileOf(artefact, 'assignments.arrow'))
}

/**
 * Assignments for later stages. `write` leaves out rows that have a reason, and counts them by it. Throws
 * `E_TABLE` for columns of unequal length and for reasons that are not lower snake case.
 */
export async function writeAssignments(out: Output, rows: Assignments): Promise<void> {
  checkAssignments(rows)
  const { encodeAssignments } = await import('../io/tables/assignments.js')
  await out.put('assignments.arrow', encodeAssignments(rows), rows.length)
}

/** Caption vectors, [rows, width] row-major and L2-normalised. */
export async function readVectors(
  artefact: Artefact,
): Promise<{ readonly rows: number; readonly width: number; readonly values: Float32Array }> {
  const { openNpy } = await import('../io/npy.js')
  const file = await openNpy(await artefact.open('vectors.npy'))
  const [rows = 0, width = 0] = file.shape
  return { rows, width, values: await file.readRows(0, rows) }
}

function checkAssignments({ length, ...columns }: Assignments): void {
  for (const [name, column] of Object.entries(columns)) {
    if (column.length !== length)
      throw tableError(`the column ${name} of assignments has ${column.length} rows`, `${length} rows`)
  }
  const wrong = columns.reason.find((reason) => reason !== null && !isDropReason(reason))
  if (wrong !== undefined)
    throw tableError(`${JSON.stringify(wrong)} is not a reason`, 'lower snake case: caption_repeated')
}

function tableError(message: string, expected: string): PipelineError {
  return new PipelineError({ code: 'E_TABLE', message, place: 'assignments.arrow', expected })
}
