import { createReadStream, existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { Random } from '../../src/core/random.js'
import { builtinEncoder, encoderFolder } from '../../src/core/encoder-folder.js'
import { loadEncoder } from '../../src/math/encoder/load.js'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { sharedFolder } from '../../test/shared.js'

export interface VectorFile {
  readonly name: string
  readonly path: string
  readonly rows: number
  readonly width: number
}

/** Writes unit vectors around directions of very unequal popularity, once. */
export async function syntheticVectors(cache: string, rows: number, width: number): Promise<VectorFile> {
  const path = join(cache, `synthetic-${rows}-${width}.f32`)
  if (!existsSync(path)) {
    const random = new Random('bench vectors')
    const normal = () => random.unit() + random.unit() + random.unit() + random.unit() - 2
    const themes = 3000
    const directions = Float32Array.from({ length: themes * width }, normal)
    const vectors = new Float32Array(rows * width)
    for (let row = 0; row < rows; row++) {
      const theme = Math.floor(themes * random.unit() * random.unit() * random.unit())
      const at = row * width
      let norm = 0
      for (let t = 0; t < width; t++) {
        const value = directions[theme * width + t]! + 1.2 * normal()
        vectors[at + t] = value
        norm += value * value
      }
      const scale = 1 / Math.sqrt(norm)
      for (let t = at; t < at + width; t++) vectors[t] = vectors[t]! * scale
    }
    await keep(path, vectors)
  }
  return { name: `synthetic ${rows.toLocaleString('en-US')} x ${width}`, path, rows, width }
}

/** Embeds the real captions with the built-in encoder, once; undefined if they are not available. */
export async function captionVectors(cache: string, most: number): Promise<VectorFile | undefined> {
  const shared = sharedFolder()
  if (!shared) return undefined
  const captions: string[] = []
  for await (const line of createInterface({
    input: createReadStream(join(shared, 'data/captions/captions.jsonl.gz')).pipe(createGunzip()),
  })) {
    captions.push((JSON.parse(line) as { text: string }).text)
    if (captions.length === most) break
  }
  const encoder = await loadEncoder(localEncoderFolder(encoderFolder(builtinEncoder)))
  const { width } = encoder
  const path = join(cache, `captions-${captions.length}-${width}.f32`)
  if (!existsSync(path)) {
    const { vectors, invalid } = await encoder.embed(captions)
    // A caption without a vector gets that of the first, so that the file has every row.
    for (const { index } of invalid) vectors.copyWithin(index * width, 0, width)
    await keep(path, vectors)
  }
  await encoder.close()
  return {
    name: `real captions ${captions.length.toLocaleString('en-US')} x ${width}`,
    path,
    rows: captions.length,
    width,
  }
}

async function keep(path: string, vectors: Float32Array): Promise<void> {
  await writeFile(`${path}.part`, new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength))
  await rename(`${path}.part`, path)
}

/**
 * Reads a whole file into shared memory, even if only some of its rows are used: like the stages, for their
 * threads.
 */
export async function loadVectors({ path }: VectorFile): Promise<Float32Array> {
  const bytes = await readFile(path)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  shared.set(bytes)
  return new Float32Array(shared.buffer)
}
