import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { LocalFile } from '../../src/io/store/store.js'

/** A local file as stores take it. */
export async function fileDigest(path: string): Promise<LocalFile> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return { path, size: (await stat(path)).size, sha256: hash.digest('hex') }
}
