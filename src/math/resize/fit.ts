import { resample, type Interpolation, type Picture } from './resample.js'

export type Fit = 'cover' | 'fill' | 'contain'

/**
 * Resizes a picture to the input size of a model, like open_clip's evaluation transform: `cover` resizes the
 * shorter side and crops the centre, `fill` stretches, `contain` resizes the longer side and pads with black.
 */
export function fitPicture(
  picture: Picture,
  {
    width,
    height,
    fit,
    interpolation,
  }: {
    readonly width: number
    readonly height: number
    readonly fit: Fit
    readonly interpolation: Interpolation
  },
): Picture {
  if (fit === 'fill') return resample(picture, width, height, interpolation)
  const [wide, high] =
    fit === 'cover' && width === height
      ? shorterSide(picture, width)
      : keepRatio(picture, width, height, fit === 'contain')
  return cropOrPad(resample(picture, wide, high, interpolation), width, height)
}

/** torchvision's `Resize(size)`: the longer side is truncated to an integer. */
function shorterSide({ width, height }: Picture, side: number): [number, number] {
  return width <= height
    ? [side, Math.trunc((side * height) / width)]
    : [Math.trunc((side * width) / height), side]
}

/** open_clip's `ResizeKeepRatio`. */
function keepRatio(picture: Picture, width: number, height: number, contain: boolean): [number, number] {
  const ratio = (contain ? Math.max : Math.min)(picture.height / height, picture.width / width)
  return [
    Math.max(1, roundHalfToEven(picture.width / ratio)),
    Math.max(1, roundHalfToEven(picture.height / ratio)),
  ]
}

/** Crops the centre of a larger picture, pads a smaller one with black. */
function cropOrPad({ width: wide, height: high, rgb }: Picture, width: number, height: number): Picture {
  if (wide === width && high === height) return { width, height, rgb }
  const out = new Uint8Array(width * height * 3)
  const left = wide >= width ? roundHalfToEven((wide - width) / 2) : -Math.floor((width - wide) / 2)
  const top = high >= height ? roundHalfToEven((high - height) / 2) : -Math.floor((height - high) / 2)
  for (let y = Math.max(0, -top); y < Math.min(height, high - top); y++) {
    const from = Math.max(0, -left)
    const to = Math.min(width, wide - left)
    const start = ((y + top) * wide + from + left) * 3
    out.set(rgb.subarray(start, start + (to - from) * 3), (y * width + from) * 3)
  }
  return { width, height, rgb: out }
}

/** Rounds halves to even, as Python does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
