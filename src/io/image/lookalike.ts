import sharp from 'sharp'
import { attempt, mostPixels } from './image.js'

const side = 8
const scale = 8
const bits = 14
/**
 * In grey levels of an orthonormal transform; about fifty times what another size or JPEG quality changes.
 */
const threshold = 20

/** The lowest frequencies but the mean: by their sum, then row by row. */
const frequencies = Array.from({ length: side * side }, (_, k) => k)
  .sort((a, b) => frequencySum(a) - frequencySum(b) || a - b)
  .slice(1, bits + 1)

/**
 * A short hash that pictures which look alike share: another size, another JPEG quality, a transparent
 * background laid on white. Each bit says whether a low frequency of the cosine transform (pHash: Zauner
 * 2010) of an 8×8 grey thumbnail is above a threshold. The threshold is not zero, since symmetric pictures
 * have zeros in plenty; and the bits are few, since every bit is one more chance for twins to part. Unlike
 * pictures may share a hash as well, which does no harm where groups are only kept together. Throws
 * `ImageError`.
 */
export async function lookalikeHash(bytes: Uint8Array): Promise<string> {
  const grey = await attempt(bytes, () =>
    sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })
      .rotate()
      .flatten({ background: '#ffffff' })
      .greyscale()
      .resize(side * scale, side * scale, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  )
  const means = blockMeans(grey.data, grey.info.channels)
  return frequencies
    .map((k) => (coefficient(means, Math.floor(k / side), k % side) > threshold ? '1' : '0'))
    .join('')
}

/** Means over blocks repeat across sizes where a resampling filter rings. */
function blockMeans(data: Uint8Array, channels: number): Float64Array {
  const width = side * scale
  const means = new Float64Array(side * side)
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const block = Math.floor(y / scale) * side + Math.floor(x / scale)
      means[block] = (means[block] as number) + (data[(y * width + x) * channels] as number) / scale ** 2
    }
  }
  return means
}

/** Orthonormal two-dimensional DCT-II. */
function coefficient(means: Float64Array, u: number, v: number): number {
  let sum = 0
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++)
      sum +=
        (means[y * side + x] as number) * (basis[u * side + y] as number) * (basis[v * side + x] as number)
  }
  return sum
}

const basis = Float64Array.from({ length: side * side }, (_, k) => {
  const [frequency, at] = [Math.floor(k / side), k % side]
  return (
    Math.sqrt((frequency === 0 ? 1 : 2) / side) * Math.cos(((2 * at + 1) * frequency * Math.PI) / (2 * side))
  )
})

function frequencySum(k: number): number {
  return Math.floor(k / side) + (k % side)
}
