import { fixedOne, type ClusterSums } from './sums.js'

export interface UpdateOptions {
  /** Centres are scaled to unit length. */
  readonly spherical: boolean
  /** Where the centres of empty clusters go, in this order. */
  readonly relocations: readonly Float32Array[]
  /** How far a centre moves towards the mean of its points; 1 is the mean, more goes beyond it. */
  readonly step?: number | undefined
}

/**
 * Lloyd passes that overshoot by half reach the same inertia in about three quarters of the passes: on 40,000
 * real captions and 512 clusters, seven such passes were as good as nine plain ones. Overshooting by the full
 * way was worse.
 */
export const overshoot = 1.5

/**
 * Moves centres towards the means of their clusters, in place. Returns how many empty clusters were
 * relocated.
 */
export function moveToMeans(
  centres: Float32Array,
  sums: ClusterSums,
  { spherical, relocations, step = 1 }: UpdateOptions,
): number {
  const { clusters, width } = sums
  let relocated = 0
  for (let j = 0; j < clusters; j++) {
    const count = sums.counts[j]!
    const at = j * width
    if (count === 0) {
      const place = relocations[relocated]
      if (place) {
        centres.set(place, at)
        relocated++
      }
      continue
    }
    const scale = 1 / (count * fixedOne)
    for (let t = at; t < at + width; t++)
      centres[t] = centres[t]! + step * (sums.sums[t]! * scale - centres[t]!)
    if (spherical) normalise(centres, at, width)
  }
  return relocated
}

export function normalise(vectors: Float32Array, at: number, width: number): void {
  let norm = 0
  for (let t = at; t < at + width; t++) norm += vectors[t]! * vectors[t]!
  if (norm === 0) return
  const scale = 1 / Math.sqrt(norm)
  for (let t = at; t < at + width; t++) vectors[t] = vectors[t]! * scale
}

/**
 * Σ‖x − c‖² over all points, from the sums alone: Σ‖x‖² − 2 Σ_j s_j·c_j + Σ_j n_j‖c_j‖², where s_j and n_j
 * are the sum and the count of cluster j. Independent of the order in which points were added.
 */
export function inertiaOf(sums: ClusterSums, centres: Float32Array, squaredNorms: number): number {
  let inertia = squaredNorms
  for (let j = 0; j < sums.clusters; j++) {
    let cross = 0
    let norm = 0
    for (let t = j * sums.width; t < (j + 1) * sums.width; t++) {
      cross += sums.sums[t]! * centres[t]!
      norm += centres[t]! * centres[t]!
    }
    inertia += sums.counts[j]! * norm - (2 * cross) / fixedOne
  }
  return Math.max(0, inertia)
}
