import { Random } from '../../core/random.js'
import type { Gemm } from '../gemm/gemm.js'
import { denseLloyd } from '../kmeans/lloyd/dense.js'
import { randomRows } from '../kmeans/seeding/random-rows.js'
import { learnWhitening, type Whitening } from '../ridge/whiten.js'

/** Side of the images that features are computed from, and of their patches. */
export const imageSide = 32
export const patchSide = 6
/** Values per patch: three channels. */
export const patchWidth = 3 * patchSide * patchSide
/** Added to a patch's variance before division: 10 for byte values (Coates and Ng), here for [0, 1]. */
export const contrastFloor = 10 / 255 ** 2

/** A dictionary of whitened patches. */
export interface Dictionary {
  readonly size: number
  readonly whitening: Whitening
  /** [size, patchWidth], in whitened space. */
  readonly centres: Float32Array
}

export interface DictionaryOptions {
  readonly size: number
  readonly seed: readonly (string | number)[]
  /** Number of patches to learn from. */
  readonly patches: number
  readonly iterations: number
}

/**
 * Learns the dictionary of Coates, Lee and Ng (An Analysis of Single-Layer Networks in Unsupervised Feature
 * Learning, 2011): random patches, contrast-normalised, whitened (ε = 0.1), K-means. `images` is [rows, 3,
 * 32, 32] in [0, 1].
 */
export async function learnDictionary(
  images: Float32Array,
  options: DictionaryOptions,
  gemm: Gemm,
): Promise<Dictionary> {
  const random = new Random('patches', ...options.seed)
  const patches = samplePatches(images, options.patches, random)
  // The covariance of contrast-normalised patches has a trace near its width, so a relative ε is also
  // absolute.
  const whitening = await learnWhitening(patches, patchWidth, 0.1, gemm)
  const count = patches.length / patchWidth
  const centred = patches.map((value, i) => value - whitening.mean[i % patchWidth]!)
  const white = await gemm.multiply(centred, whitening.matrix, { m: count, k: patchWidth, n: patchWidth })
  const size = Math.min(options.size, count)
  const points = { rows: count, width: patchWidth, data: white }
  const start = randomRows(points, size, random)
  const { data: centres } = await denseLloyd(points, start, { iterations: options.iterations, random, gemm })
  return { size, whitening, centres }
}

function samplePatches(images: Float32Array, wanted: number, random: Random): Float32Array {
  const area = imageSide * imageSide
  const rows = images.length / (3 * area)
  const out = new Float32Array(wanted * patchWidth)
  for (let patch = 0; patch < wanted; patch++) {
    const image = random.below(rows) * 3 * area
    const top = random.below(imageSide - patchSide + 1)
    const left = random.below(imageSide - patchSide + 1)
    const into = out.subarray(patch * patchWidth, (patch + 1) * patchWidth)
    let at = 0
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < patchSide; y++) {
        const from = image + channel * area + (top + y) * imageSide + left
        for (let x = 0; x < patchSide; x++) into[at++] = images[from + x]!
      }
    }
    normaliseContrast(into)
  }
  return out
}

function normaliseContrast(patch: Float32Array): void {
  let mean = 0
  for (const value of patch) mean += value / patch.length
  let variance = 0
  for (const value of patch) variance += (value - mean) ** 2 / patch.length
  const scale = 1 / Math.sqrt(variance + contrastFloor)
  for (let i = 0; i < patch.length; i++) patch[i] = (patch[i]! - mean) * scale
}
