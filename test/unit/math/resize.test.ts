import { readFileSync } from 'node:fs'
import test from 'ava'
import { sha256 } from '../../../src/core/digest.js'
import { fitPicture, type Fit } from '../../../src/math/resize/fit.js'
import { resample, type Interpolation, type Picture } from '../../../src/math/resize/resample.js'

interface Case {
  readonly kind: 'resize' | Fit
  readonly source: readonly [number, number]
  readonly target: readonly [number, number]
  readonly interpolation: Interpolation
  readonly sha256: string
  readonly rgb?: string
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../golden/resize/pillow.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] }

/** The pictures of test/golden/resize/make.py. */
function picture(width: number, height: number): Picture {
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const noise = Math.imul(x * 7919 + y * 104729 + c * 1299709, 2654435761) >>> 24
        const ramp =
          c === 0
            ? Math.floor((x * 255) / Math.max(1, width - 1))
            : c === 1
              ? Math.floor((y * 255) / Math.max(1, height - 1))
              : 128
        rgb[(y * width + x) * 3 + c] = (Math.floor(x / 5) + Math.floor(y / 3)) % 2 === 0 ? noise : ramp
      }
    }
  }
  return { width, height, rgb }
}

for (const { kind, source, target, interpolation, sha256: expected, rgb } of cases) {
  test(`${kind} ${source.join('×')} to ${target.join('×')}, ${interpolation}: the bytes of Pillow`, (t) => {
    const [width, height] = target
    const made =
      kind === 'resize'
        ? resample(picture(...source), width, height, interpolation)
        : fitPicture(picture(...source), { width, height, fit: kind, interpolation })
    t.deepEqual([made.width, made.height], [width, height])
    if (rgb) t.deepEqual([...made.rgb], [...Buffer.from(rgb, 'base64')])
    t.is(sha256(made.rgb), expected)
  })
}
