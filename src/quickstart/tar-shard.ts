import { canonicalJson } from '../core/json.js'
import { TarWriter } from '../io/tar/write.js'
import type { Picture } from './picture.js'

/** A WebDataset tar: `KEY.png`, `KEY.txt`, `KEY.json` per picture. */
export async function tarShard(pictures: readonly Picture[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const tar = new TarWriter({ write: async (bytes) => void pieces.push(bytes) })
  const encoder = new TextEncoder()
  for (const { name, bytes, caption, metadata } of pictures) {
    // A dot would end the key, a slash would make a folder.
    const key = name.replaceAll(/[/.]/g, '_')
    await tar.add(`${key}.png`, bytes)
    await tar.add(`${key}.txt`, encoder.encode(caption))
    await tar.add(`${key}.json`, encoder.encode(canonicalJson({ ...metadata })))
  }
  await tar.end()
  return Buffer.concat(pieces)
}
