import type { TarBlocks } from './blocks.js'
import { blockSize, isHeader, isZero, parseHeader, type TarHeader } from './header.js'
import { type SparseHeader, sparseHeader } from './sparse.js'

/** What is odd about a tar that can be read all the same. */
export type TarRemark = 'tar_without_end' | 'tar_bytes_after_end' | 'tar_links' | 'tar_special_members'

/** Extended attributes such as macOS resource forks come as records, of some megabytes. */
const maxRecordBytes = 64 << 20

/** A header, with the map of its holes if it has one. */
export type Header = TarHeader & { readonly sparse?: SparseHeader | undefined }

/** Undefined at the end of the archive. */
export async function nextHeader(
  blocks: TarBlocks,
  remark: (remark: TarRemark) => void,
): Promise<Header | undefined> {
  let ended = false
  for (;;) {
    const start = blocks.offset
    const block = await blocks.next()
    if (block.length === blockSize && isZero(block)) ended = true
    else if (ended && (block.length < blockSize || !isHeader(block))) {
      if (await anyBytes(blocks, block)) remark('tar_bytes_after_end')
      return undefined
    } else if (block.length === 0 && start > 0) {
      remark('tar_without_end')
      return undefined
    } else if (block.length < blockSize)
      throw blocks.truncated(start, start === 0 ? 'an end of archive' : 'a whole header')
    else {
      const header = parseHeader(block, blocks.place(start))
      return header.type === 'S' ? { ...header, sparse: sparseHeader(block) } : header
    }
  }
}

/**
 * Whether there is anything after the end. A header there shows that it was no end: a hole of zeros, as
 * interrupted downloads leave, hides members.
 */
async function anyBytes(blocks: TarBlocks, first: Uint8Array): Promise<boolean> {
  const start = blocks.offset - first.length
  let any = false
  for (let block = first; block.length > 0; block = await blocks.next()) {
    if (isZero(block)) continue
    if (any && block.length === blockSize && isHeader(block))
      throw blocks.corrupt(start, 'a header of this tar is damaged', 'other bytes, and members after them')
    any = true
  }
  return any
}

/** Data of a record before a member, such as its long name. */
export async function recordBody(blocks: TarBlocks, { size }: TarHeader, start: number): Promise<Uint8Array> {
  if (size > maxRecordBytes)
    throw blocks.corrupt(start, 'a name record of this tar is too long', `${size} bytes`)
  // Its bytes may be a view of a piece that is used again.
  const body = (await blocks.whole(size)).slice()
  await blocks.pass(0, size)
  return body
}
