import sharp from 'sharp'
import { Random } from '../../src/core/random.js'
import { TarWriter } from '../../src/io/tar/write.js'

/** A small PNG that no other number gives: a gradient with a coloured square. */
export async function picture(number: number, size = 24): Promise<Uint8Array> {
  const pixels = Buffer.alloc(size * size * 3)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = (y * size + x) * 3
      const cell = (Math.floor((x * 9) / size) + 9 * Math.floor((y * 8) / size) + 1) * (number * 7919 + 17)
      pixels[at] = cell & 255
      pixels[at + 1] = (cell >> 3) & 255
      pixels[at + 2] = (number * 37) & 255
    }
  }
  return new Uint8Array(
    await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
      .png()
      .toBuffer(),
  )
}

/** One picture as a PNG, and as a smaller JPEG. */
export async function twins(number: number): Promise<{ png: Uint8Array; smaller: Uint8Array }> {
  const random = new Random('twins', number)
  const blocks = Buffer.from(Array.from({ length: 4 * 4 * 3 }, () => random.below(256)))
  const large = sharp(blocks, { raw: { width: 4, height: 4, channels: 3 } }).resize(120, 90, {
    fit: 'fill',
    kernel: 'cubic',
  })
  const png = await large.png().toBuffer()
  const smaller = await sharp(png).resize(72).jpeg({ quality: 80 }).toBuffer()
  return { png: new Uint8Array(png), smaller: new Uint8Array(smaller) }
}

/** A tar of these members, in order. */
export async function tarOf(
  members: readonly (readonly [name: string, content: Uint8Array | string])[],
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const tar = new TarWriter({ write: async (bytes) => void pieces.push(bytes.slice()) })
  for (const [name, content] of members)
    await tar.add(name, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  await tar.end()
  return new Uint8Array(Buffer.concat(pieces))
}
