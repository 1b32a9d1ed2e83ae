import { pack } from 'tar-stream'
import { canonicalJson } from '../core/json.js'
import type { Picture } from './picture.js'

/** A WebDataset tar: `KEY.png`, `KEY.txt`, `KEY.json` for each picture. No member depends on the clock or the user. */
export async function tarShard(pictures: readonly Picture[]): Promise<Uint8Array> {
  const archive = pack()
  for (const { name, bytes, caption, metadata } of pictures) {
    const key = name.replaceAll('/', '_').replaceAll('.', '_')
    const members: [string, Uint8Array | string][] = [
      ['png', bytes],
      ['txt', caption],
      ['json', canonicalJson({ ...metadata })],
    ]
    for (const [extension, body] of members) {
      archive.entry({ name: `${key}.${extension}`, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, uname: '', gname: '' }, Buffer.from(body))
    }
  }
  archive.finalize()
  const pieces: Buffer[] = []
  for await (const piece of archive) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
