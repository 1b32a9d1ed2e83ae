import { resample, type Interpolation, type Picture } from './resample.js'

export type Fit = 'cover' | 'fill' | 'contain'

/**
 * A picture as a model wants it, the way open_clip's evaluation transform does it: `cover` resizes the
 * shorter side and takes the middle, `fill` stretches, `contain` resizes the longer side and pads with black.
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
      : keptRatio(picture, width, height, fit === 'contain')
  return middle(resample(picture, wide, high, interpolation), width, height)
}

/** torchvision's `Resize(size)`: the longer side is cut down to a whole number. */
function shorterSide({ width, height }: Picture, side: number): [number, number] {
  return width <= height
    ? [side, Math.trunc((side * height) / width)]
    : [Math.trunc((side * width) / height), side]
}

/** open_clip's `ResizeKeepRatio`. */
function keptRatio(picture: Picture, width: number, height: number, longest: boolean): [number, number] {
  const ratio = (longest ? Math.max : Math.min)(picture.height / height, picture.width / width)
  return [Math.max(1, evenRound(picture.width / ratio)), Math.max(1, evenRound(picture.height / ratio))]
}

/** The middle of what is larger, black around what is smaller. */
function middle({ width: wide, height: high, rgb }: Picture, width: number, height: number): Picture {
  if (wide === width && high === height) return { width, height, rgb }
  const out = new Uint8Array(width * height * 3)
  const left = wide >= width ? evenRound((wide - width) / 2) : -Math.floor((width - wide) / 2)
  const top = high >= height ? evenRound((high - height) / 2) : -Math.floor((height - high) / 2)
  for (let y = Math.max(0, -top); y < Math.min(height, high - top); y++) {
    const from = Math.max(0, -left)
    const to = Math.min(width, wide - left)
    const start = ((y + top) * wide + from + left) * 3
    out.set(rgb.subarray(start, start + (to - from) * 3), (y * width + from) * 3)
  }
  return { width, height, rgb: out }
}

/** Halves go to the even neighbour, as in Python. */
function evenRound(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
