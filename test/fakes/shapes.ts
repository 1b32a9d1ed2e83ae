import sharp from 'sharp'
import { encodeNpy } from '../../src/io/npy.js'
import { TarWriter } from '../../src/io/tar/write.js'
import { builtinEncoder, encoderFolder } from '../../src/core/encoder-folder.js'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { loadEncoder } from '../../src/math/encoder/load.js'
import { Random } from '../../src/core/random.js'

/**
 * Pictures that words can be learned for: a coloured shape on a background. Warm colours are expert 0, cold
 * ones expert 1.
 */
export interface Shape {
  readonly key: string
  readonly caption: string
  readonly colour: string
  readonly form: string
  readonly expert: number
  readonly image: Uint8Array
}

export const colours: { readonly [name: string]: readonly [number, number, number] } = {
  red: [220, 30, 30],
  orange: [240, 140, 20],
  blue: [30, 60, 220],
  green: [20, 160, 60],
}
const forms = ['stripes', 'square']

export async function shapes(count: number, seed = 'shapes'): Promise<Shape[]> {
  const random = new Random(seed)
  return Promise.all(
    Array.from({ length: count }, async (_, row) => {
      const colour = Object.keys(colours)[random.below(4)]!
      const form = forms[random.below(2)]!
      return {
        key: `k${row}`,
        caption: `${colour} ${form}`,
        colour,
        form,
        expert: colour === 'red' || colour === 'orange' ? 0 : 1,
        image: await draw(colours[colour]!, form, random),
      }
    }),
  )
}

async function draw(
  colour: readonly [number, number, number],
  form: string,
  random: Random,
): Promise<Uint8Array> {
  const side = 24
  const rgb = Buffer.alloc(side * side * 3)
  const shift = random.below(4)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inside =
        form === 'stripes' ? (x + shift) % 8 < 4 : x > 4 + shift && x < 16 + shift && y > 6 && y < 18
      for (let c = 0; c < 3; c++)
        rgb[(y * side + x) * 3 + c] = Math.max(
          0,
          Math.min(255, (inside ? colour[c]! : 240) + random.below(20) - 10),
        )
    }
  }
  return sharp(rgb, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer()
}

export interface TarEntry {
  readonly key: string
  readonly members: { readonly [extension: string]: Uint8Array | string }
}

export async function tarOf(entries: readonly TarEntry[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const writer = new TarWriter({ write: async (bytes) => void pieces.push(bytes.slice()) })
  for (const { key, members } of entries)
    for (const [extension, bytes] of Object.entries(members))
      await writer.add(`${key}.${extension}`, typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  await writer.end()
  return Buffer.concat(pieces)
}

export function shapeEntry({ key, caption, colour, expert, image }: Shape, ooc = false): TarEntry {
  return {
    key,
    members: { png: image, txt: caption, json: JSON.stringify({ key, colour, expert, fine: expert, ooc }) },
  }
}

/** Files of a `shards` artefact: one tar an expert with some of the other's samples, and a hold-out. */
export async function shapeShards(
  own: readonly Shape[],
  held: readonly Shape[],
): Promise<{ [name: string]: Uint8Array }> {
  const files: { [name: string]: Uint8Array } = {}
  for (const expert of [0, 1]) {
    const others = own.filter((shape, row) => shape.expert !== expert && row % 10 === 0)
    files[`expert-0${expert}/000000.tar`] = await tarOf([
      ...own.filter((shape) => shape.expert === expert).map((shape) => shapeEntry(shape)),
      ...others.map((shape) => shapeEntry(shape, true)),
    ])
  }
  if (held.length > 0) files['holdout/000000.tar'] = await tarOf(held.map((shape) => shapeEntry(shape)))
  return files
}

/** Files of a `centres` artefact: one fine centre for each colour, in the space of the built-in encoder. */
export async function shapeCentres(): Promise<{ [name: string]: Uint8Array }> {
  const encoder = await loadEncoder(localEncoderFolder(encoderFolder(builtinEncoder)), {})
  const { vectors } = await encoder.embed(Object.keys(colours).map((colour) => `${colour} square`))
  const { width } = encoder
  await encoder.close()
  const coarse = Float32Array.from(
    { length: 2 * width },
    (_, i) =>
      (vectors[2 * Math.floor(i / width) * width + (i % width)]! +
        vectors[(2 * Math.floor(i / width) + 1) * width + (i % width)]!) /
      2,
  )
  return {
    'fine.npy': encodeNpy(vectors, [4, width]),
    'coarse.npy': encodeNpy(coarse, [2, width]),
    'experts.json': Buffer.from(
      JSON.stringify({
        fine_to_expert: [0, 0, 1, 1],
        fine_population: [1, 1, 1, 1],
        expert_population: [2, 2],
      }),
    ),
  }
}
