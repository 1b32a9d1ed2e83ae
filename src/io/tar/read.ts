import type { ByteSource } from '../source.js'
import { TarBlocks } from './blocks.js'
import { blockSize, isHeader, isZero } from './header.js'
import { nameOf } from './name.js'
import { nextHeader, recordBody, type TarRemark } from './next-header.js'
import { joinPax, parsePax, paxNumber, type PaxRecords, paxText } from './pax.js'
import { sparseExtension, type SparseHeader, type SparseMap, sparsePax, withHoles } from './sparse.js'

/** One regular file of a tar, or a link. */
export interface TarMember {
  /** As `nameOf` decodes it. */
  readonly name: string
  /** Bytes of the file; of one with holes, with them. */
  readonly size: number
  /** Where its bytes are in the tar; undefined for a file with holes, whose bytes are not in one piece. */
  readonly offset: number | undefined
  /**
   * A view into a piece of the stream: not to be written to, and copied where one is kept for long. Null
   * where `wanted` said no, where it is larger than the cap or mostly holes, or for a link.
   */
  readonly bytes: Uint8Array | null
  /** Whether it is a hard or symbolic link, which has no bytes of its own. */
  readonly link: boolean
}

export interface TarReadOptions {
  /** Members to read; the others are skipped. All by default. */
  readonly wanted?: ((name: string, size: number) => boolean) | undefined
  /** Larger members are not read. 256 MiB by default: no image of a crawl is that large. */
  readonly max_bytes?: number | undefined
  /** Called for everything odd. */
  readonly remark?: ((remark: TarRemark) => void) | undefined
}

/** `K`: name of a link's target; `V`: label; `D`, `N`: folders and names of old GNU archives. */
const passedOver = new Set(['5', 'K', 'V', 'D', 'N', 'A', 'E', 'I'])
const withoutData = new Set(['2', '3', '4', '5', '6'])

/** What the records before a member say of it. */
interface Coming {
  longName: string | undefined
  pax: PaxRecords
}

/**
 * Regular files and links of a tar in order: v7, ustar, pax, GNU and Solaris headers, files with holes.
 * Folders and devices are skipped. Zero blocks between members are skipped, as for joined archives. A missing
 * end, and bytes after the end, are remarks. Throws `E_TAR_CORRUPT`, or `E_TAR_TRUNCATED` if it ends within a
 * member.
 */
export async function* readTar(
  source: ByteSource,
  { wanted = () => true, max_bytes = 256 << 20, remark = () => {} }: TarReadOptions = {},
): AsyncIterable<TarMember> {
  const blocks = new TarBlocks(source)
  let globals: PaxRecords = []
  let coming: Coming = { longName: undefined, pax: [] }
  try {
    for (;;) {
      const start = blocks.offset
      const header = await nextHeader(blocks, remark)
      if (!header) return
      if (isRecord(header.type)) {
        const body = await recordBody(blocks, header, start)
        if (header.type === 'L') coming.longName = nameOf(beforeNul(body))
        else if (header.type === 'g') globals = joinPax(globals, parsePax(body))
        else coming.pax = parsePax(body)
        continue
      }
      if (passedOver.has(header.type)) {
        // A folder ends what was said of it; the other kinds come between a member and its records.
        if (header.type === '5') coming = { longName: undefined, pax: [] }
        await blocks.pass(withoutData.has(header.type) ? 0 : header.size)
        continue
      }
      const pax = joinPax(globals, coming.pax)
      if (header.type === 'M' || paxNumber(pax, 'GNU.volume.offset')) throw oneVolume(blocks, start)
      const name = paxText(pax, 'GNU.sparse.name') ?? paxText(pax, 'path') ?? coming.longName ?? header.name
      const stored = paxNumber(pax, 'size') ?? header.size
      coming = { longName: undefined, pax: [] }
      blocks.last = name
      if (!isFile(header.type)) {
        const link = header.type === '1' || header.type === '2'
        remark(link ? 'tar_links' : 'tar_special_members')
        if (link) yield { name, size: 0, offset: undefined, bytes: null, link }
        await passData(blocks, header.type, stored)
        continue
      }
      const holes = header.sparse ? await wholeMap(blocks, header.sparse) : sparsePax(pax)
      const { size } = holes ?? { size: stored }
      if (!Number.isSafeInteger(size)) throw misfit(blocks, start, name)
      const take =
        size <= max_bytes && stored <= max_bytes && !isMostlyHoles(size, stored) && wanted(name, size)
      const offset = holes ? undefined : blocks.offset
      const data = take ? await blocks.whole(stored) : null
      const bytes = data && holes ? withHoles(holes, data) : data
      if (bytes === undefined) throw misfit(blocks, start, name)
      yield { name, size, offset, bytes, link: false }
      await blocks.pass(take ? 0 : stored, stored)
    }
  } finally {
    await blocks.close()
  }
}

const isRecord = (type: string) => type === 'L' || type === 'x' || type === 'X' || type === 'g'
/** A few bytes may stand for a huge file, as no image or caption does. */
const isMostlyHoles = (size: number, stored: number) => size > (64 << 20) + 200 * stored
const isFile = (type: string) => type === '0' || type === '7' || type === 'S'

/** The rest of a map of old GNU archives, which is in blocks of its own. */
async function wholeMap(
  blocks: TarBlocks,
  { size, pieces = [], extended }: SparseHeader,
): Promise<SparseMap> {
  const all = [...pieces]
  for (let more = extended; more;) {
    const block = await blocks.next()
    if (block.length < blockSize) throw blocks.truncated(blocks.offset, 'a whole map of its holes')
    const next = sparseExtension(block)
    for (const number of next.pieces) all.push(number)
    more = next.extended
  }
  return { size, pieces: all }
}

/** Hard links may state the size of their target, with and without its data; other kinds have no data. */
async function passData(blocks: TarBlocks, type: string, size: number): Promise<void> {
  if (size === 0 || withoutData.has(type)) return
  if (type !== '1') return blocks.pass(size)
  const block = await blocks.next()
  if (block.length < blockSize || isZero(block) || isHeader(block)) return blocks.putBack(block)
  const left = Math.max(0, size - blockSize)
  return blocks.pass(left)
}

const misfit = (blocks: TarBlocks, start: number, name: string) =>
  blocks.corrupt(start, 'the map of a file with holes does not fit its data', name)

function oneVolume(blocks: TarBlocks, start: number): Error {
  return blocks.corrupt(
    start,
    'this is one volume of a tar in several volumes: join them with `tar --multi-volume`, and pack them anew',
    'the rest of a file that begins in another volume',
  )
}

function beforeNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
