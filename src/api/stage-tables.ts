import type { Assignments } from '../io/tables/assignments.js'
import type { Samples } from '../io/tables/samples.js'
import type { Artefact, Output } from '../stages/define.js'

/** The tables that stages exchange, for plugins. Their decoders are imported on the first call. */

/** One row per caption of a split, in the order of its shard. */
export async function readSamples(artefact: Artefact): Promise<Samples> {
  const { decodeSamples } = await import('../io/tables/samples.js')
  return decodeSamples(await whole(artefact, 'samples.arrow'))
}

/** Fine cluster and expert of every sample, row-aligned with `readSamples`. */
export async function readAssignments(artefact: Artefact): Promise<Assignments> {
  const { decodeAssignments } = await import('../io/tables/assignments.js')
  return decodeAssignments(await whole(artefact, 'assignments.arrow'))
}

/** Assignments for later stages. `write` leaves out rows that have a reason, and counts them by it. */
export async function writeAssignments(out: Output, rows: Assignments): Promise<void> {
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

async function whole(artefact: Artefact, name: string): Promise<Uint8Array> {
  const source = await artefact.open(name)
  return source.read(0, source.size)
}
