import { readProgress, writeProgress } from '../../../artefacts/fit-parts.js'
import { encodeNpy, openNpy } from '../../../io/npy.js'
import { readFileOf } from '../../../io/read-whole.js'
import type { LloydState } from '../../../math/kmeans/lloyd/step.js'
import type { PassResult } from '../../../math/kmeans/lloyd/pass.js'
import type { RelocationCandidate } from '../../../math/kmeans/lloyd/relocation.js'
import { ClusterSums } from '../../../math/kmeans/lloyd/sums.js'
import type { Artefact, Output } from '../../define.js'

/**
 * Files passed between the tasks of a fit in parts. Numbers are kept to the bit: JSON of a float64 is exact.
 */

export async function putState(out: Output, { centres, counts, ...rest }: LloydState): Promise<void> {
  await writeProgress(out, { ...rest, counts: [...counts] })
  await out.put('centres.npy', encodeNpy(centres, [counts.length, centres.length / counts.length]))
}

export async function readState(artefact: Artefact): Promise<LloydState> {
  const { counts, inertia, ...rest } = await readProgress(artefact)
  const npy = await openNpy(await artefact.open('centres.npy'))
  return {
    ...rest,
    inertia: [...inertia],
    counts: Float64Array.from(counts),
    centres: await npy.readRows(0, npy.shape[0] ?? 0),
  }
}

export async function putPass(out: Output, { sums, relocations }: PassResult): Promise<void> {
  await out.put('sums.f64', bytesOf(sums.sums))
  await out.put('counts.f64', bytesOf(sums.counts))
  const vectors = new Float32Array(relocations.length * sums.width)
  relocations.forEach(({ vector }, at) => vectors.set(vector, at * sums.width))
  await out.put('remote.npy', encodeNpy(vectors, [relocations.length, sums.width]))
  await out.put('remote.f64', bytesOf(Float64Array.from(relocations, ({ priority }) => priority)))
}

export async function readPass(artefact: Artefact, clusters: number, width: number): Promise<PassResult> {
  const sums = new ClusterSums(clusters, width)
  sums.sums.set(await doubles(artefact, 'sums.f64'))
  sums.counts.set(await doubles(artefact, 'counts.f64'))
  const npy = await openNpy(await artefact.open('remote.npy'))
  const priorities = await doubles(artefact, 'remote.f64')
  const vectors = await npy.readRows(0, priorities.length)
  const relocations = Array.from(priorities, (priority, at): RelocationCandidate => ({
    priority,
    vector: vectors.slice(at * width, (at + 1) * width),
  }))
  return { sums, relocations }
}

export async function doubles(artefact: Artefact, name: string): Promise<Float64Array> {
  return new Float64Array(new Uint8Array(await readFileOf(artefact, name)).buffer)
}

export function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}
