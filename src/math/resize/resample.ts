export interface Picture {
  readonly width: number
  readonly height: number
  /** Row-major, three bytes per pixel. */
  readonly rgb: Uint8Array
}

export type Interpolation = 'bicubic' | 'bilinear'

interface Filter {
  readonly support: number
  readonly at: (x: number) => number
}

/** Keys' cubic with a = −½, and the triangle filter. */
const filters: { readonly [name in Interpolation]: Filter } = {
  bicubic: {
    support: 2,
    at(x) {
      const d = Math.abs(x)
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0
    },
  },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
}

/**
 * Resizes like Pillow's `Image.resize` with 8 bits per channel: the filter is stretched when the picture
 * shrinks, weights are rounded to 22 bits, and values are rounded to bytes between the two passes. The result
 * has the same bytes as with Pillow 13; older versions always start with the rows, which occasionally changes
 * a value by one.
 */
export function resample(
  picture: Picture,
  width: number,
  height: number,
  interpolation: Interpolation,
): Picture {
  const filter = filters[interpolation]
  const resizeWidth = (from: Picture) =>
    from.width === width ? from : resampleRows(from, weightsOf(from.width, width, filter))
  const resizeHeight = (from: Picture) =>
    from.height === height ? from : resampleColumns(from, weightsOf(from.height, height, filter))
  const columnsFirst = height < picture.height && picture.height - height > 2 * (picture.width - width)
  return columnsFirst ? resizeWidth(resizeHeight(picture)) : resizeHeight(resizeWidth(picture))
}

interface Weights {
  readonly size: number
  /** First source pixel of every target pixel, and number of source pixels. */
  readonly first: Int32Array
  readonly count: Int32Array
  /** `stride` values per target pixel. */
  readonly values: Int32Array
  readonly stride: number
}

const bits = 22

function weightsOf(source: number, target: number, { support: reach, at }: Filter): Weights {
  const scale = source / target
  const stretch = Math.max(1, scale)
  const support = reach * stretch
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(target)
  const count = new Int32Array(target)
  const values = new Int32Array(target * stride)
  const row = new Float64Array(stride)
  for (let pixel = 0; pixel < target; pixel++) {
    const centre = (pixel + 0.5) * scale
    const from = Math.max(0, Math.trunc(centre - support + 0.5))
    const length = Math.min(source, Math.trunc(centre + support + 0.5)) - from
    let sum = 0
    for (let i = 0; i < length; i++) sum += row[i] = at((i + from - centre + 0.5) * (1 / stretch))
    for (let i = 0; i < length; i++) {
      const share = (sum === 0 ? row[i]! : row[i]! / sum) * (1 << bits)
      values[pixel * stride + i] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5)
    }
    first[pixel] = from
    count[pixel] = length
  }
  return { size: target, first, count, values, stride }
}

const half = 1 << (bits - 1)

function toByte(sum: number): number {
  const value = sum >> bits
  return value < 0 ? 0 : value > 255 ? 255 : value
}

function resampleRows(
  { width, height, rgb }: Picture,
  { size, first, count, values, stride }: Weights,
): Picture {
  const out = new Uint8Array(size * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < size; x++) {
      let [r, g, b] = [half, half, half]
      let at = (y * width + first[x]!) * 3
      const end = x * stride + count[x]!
      for (let i = x * stride; i < end; i++) {
        const weight = values[i]!
        r += rgb[at++]! * weight
        g += rgb[at++]! * weight
        b += rgb[at++]! * weight
      }
      const to = (y * size + x) * 3
      out[to] = toByte(r)
      out[to + 1] = toByte(g)
      out[to + 2] = toByte(b)
    }
  }
  return { width: size, height, rgb: out }
}

function resampleColumns({ width, rgb }: Picture, { size, first, count, values, stride }: Weights): Picture {
  const line = width * 3
  const out = new Uint8Array(line * size)
  const sums = new Int32Array(line)
  for (let y = 0; y < size; y++) {
    sums.fill(half)
    for (let i = 0; i < count[y]!; i++) {
      const weight = values[y * stride + i]!
      const from = (first[y]! + i) * line
      for (let x = 0; x < line; x++) sums[x]! += rgb[from + x]! * weight
    }
    for (let x = 0; x < line; x++) out[y * line + x] = toByte(sums[x]!)
  }
  return { width, height: size, rgb: out }
}
