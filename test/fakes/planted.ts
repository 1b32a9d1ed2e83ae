import { Random } from '../../src/core/random.js'
import { encodeNpy } from '../../src/io/npy.js'
import { encodeInvalid } from '../../src/io/tables/invalid.js'
import { encodeSamples } from '../../src/io/tables/samples.js'
import type { Artefact } from '../../src/stages/define.js'
import { fakeArtefact, fakeSplit } from './task-context.js'

export interface Planted {
  /** [rows, width], unit length. */
  readonly vectors: Float32Array
  readonly label: Uint32Array
  readonly rows: number
  readonly width: number
}

/** Unit vectors around random directions; cluster c has a share in proportion to 1 + skew·c. */
export function planted(of: {
  rows: number
  width: number
  clusters: number
  noise: number
  skew?: number
  seed?: number
}): Planted {
  const random = new Random(of.seed ?? 1, 'planted')
  const normal = () => random.unit() + random.unit() + random.unit() + random.unit() - 2
  const directions = Float32Array.from({ length: of.clusters * of.width }, normal)
  for (let c = 0; c < of.clusters; c++) unit(directions.subarray(c * of.width, (c + 1) * of.width))
  const shares = Float64Array.from({ length: of.clusters }, (_, c) => 1 + (of.skew ?? 0) * c)
  const whole = shares.reduce((sum, share) => sum + share, 0)
  const vectors = new Float32Array(of.rows * of.width)
  const label = new Uint32Array(of.rows)
  for (let row = 0; row < of.rows; row++) {
    let rest = random.unit() * whole
    let c = 0
    while (c < of.clusters - 1 && (rest -= shares[c]!) > 0) c++
    label[row] = c
    const vector = vectors.subarray(row * of.width, (row + 1) * of.width)
    for (let t = 0; t < of.width; t++) vector[t] = directions[c * of.width + t]! + of.noise * normal()
    unit(vector)
  }
  return { vectors, label, rows: of.rows, width: of.width }
}

export function unit(vector: Float32Array): void {
  let norm = 0
  for (const value of vector) norm += value * value
  const scale = 1 / Math.sqrt(norm)
  for (let t = 0; t < vector.length; t++) vector[t] = vector[t]! * scale
}

/**
 * Cuts planted vectors into the artefacts of `ingest` and `embed`, one split each. Every row's caption names
 * its planted cluster.
 */
export function plantedArtefacts(
  data: Planted,
  splits: number,
  mark: { holdout?: (row: number) => boolean; invalid?: (row: number) => boolean } = {},
) {
  const vectors: Artefact[] = []
  const samples: Artefact[] = []
  for (let s = 0; s < splits; s++) {
    const start = Math.floor((s * data.rows) / splits)
    const end = Math.floor(((s + 1) * data.rows) / splits)
    const length = end - start
    const rows = Array.from({ length }, (_, i) => start + i)
    const split = fakeSplit(`shard ${s}`)
    const invalid = rows.flatMap((row, i) => (mark.invalid?.(row) ? [i] : []))
    const block = data.vectors.slice(start * data.width, end * data.width)
    for (const i of invalid) block.fill(0, i * data.width, (i + 1) * data.width)
    const none = rows.map(() => null)
    vectors.push(
      fakeArtefact(
        'embed',
        {
          'vectors.npy': encodeNpy(block, [length, data.width]),
          'invalid.arrow': encodeInvalid({
            length: invalid.length,
            index: Uint32Array.from(invalid),
            reason: invalid.map(() => 'vector_not_finite'),
          }),
        },
        length,
        [split],
      ),
    )
    samples.push(
      fakeArtefact(
        'ingest',
        {
          'samples.arrow': encodeSamples({
            length,
            row: Uint32Array.from(rows, (_, i) => i),
            key: rows.map((_, i) => `${split.id}${i}`),
            caption: rows.map((row) => `a picture of word${data.label[row]} number ${row}`),
            captions: none,
            holdout: Uint8Array.from(rows, (row) => (mark.holdout?.(row) ? 1 : 0)),
            member: none,
            offset: new Float64Array(length),
            size: new Float64Array(length),
            url: none,
            metadata: none,
          }),
        },
        length,
        [split],
      ),
    )
  }
  return { vectors, samples }
}
