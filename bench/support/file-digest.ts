import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { LocalFile } from '../../src/io/store/store.js'

/** Opens a local file as a byte source for stores. */
export async function fileDigest(path: string): Promise<LocalFile> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return { path, size: (await stat(path)).size, sha256: hash.digest('hex') }
}
