import type { Artefact } from '../define.js'

/**
 * Plain little-endian arrays passed between tasks of this stage: a later task reads a range of each without
 * decoding.
 */
export const sortedFiles = {
  offsets: 'offsets.u32',
  rows: 'rows.u32',
  distances: 'distances.f32',
  vectors: 'vectors.npy',
} as const
export const foundFiles = { offsets: 'offsets.u32', rows: 'rows.u32' } as const

export function bytesOf(values: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

export async function readWords(
  artefact: Artefact,
  name: string,
  from: number,
  to: number,
): Promise<Uint32Array> {
  return new Uint32Array(await readRange(artefact, name, from, to))
}

export async function readFloats(
  artefact: Artefact,
  name: string,
  from: number,
  to: number,
): Promise<Float32Array> {
  return new Float32Array(await readRange(artefact, name, from, to))
}

async function readRange(artefact: Artefact, name: string, from: number, to: number): Promise<ArrayBuffer> {
  if (from === to) return new ArrayBuffer(0)
  const source = await artefact.open(name)
  return new Uint8Array(await source.read(4 * from, 4 * to)).buffer
}
