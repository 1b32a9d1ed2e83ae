import { Buffer } from 'node:buffer'
import { picture, tarOf } from '../fakes/crawl.js'
import { endOfTar, longName, padded, paxHeader, paxRecord, rawHeader } from '../fakes/tar-dialects.js'
import { captionOf, pairs } from './place.js'
import type { Situation } from './situation.js'

type Content = readonly (readonly [name: string, content: Uint8Array | string])[]

/** A tar without an end, with these words before each member. */
async function tarWith(
  members: Content,
  before: (name: string) => Uint8Array,
  nameOf: (name: string) => Uint8Array = Buffer.from,
): Promise<Buffer> {
  return Buffer.concat(
    members.flatMap(([name, content]) => {
      const size = Buffer.from(content).length
      return [before(name), rawHeader({ name: nameOf(name), size }), padded(content)]
    }),
  )
}

const nothing = () => new Uint8Array(0)

const reads = (
  situation: string,
  does: string,
  make: (members: Content) => Promise<Uint8Array>,
  expected: { readonly rows?: number; readonly remarks?: object; readonly dropped?: object } = {},
): Situation => ({
  situation,
  does,
  check: async (t, place) => {
    await place.write('c/0.tar', await make(await pairs(3)))
    await place.manifest('{ uri: c }')
    const { rows, dropped, remarks } = await place.ingest(t)
    t.is(rows, expected.rows ?? 3)
    t.deepEqual({ ...dropped }, { ...expected.dropped })
    t.deepEqual({ ...remarks }, { ...expected.remarks })
    const captions = (await place.samples()).map(({ caption }) => caption)
    t.deepEqual(
      captions,
      [0, 1, 2]
        .slice(3 - rows)
        .map(captionOf)
        .sort(),
    )
  },
})

const cp1251 = (name: string) => {
  const [number, ending] = name.split('.')
  return Buffer.concat([Buffer.from([0xea, 0xee, 0xf2, 0xe0 + Number(number)]), Buffer.from(`.${ending}`)])
}

export const tars: readonly Situation[] = [
  reads(
    'names in a tar that are not UTF-8',
    'are told apart by their bytes; a pair without its caption takes that of no other',
    async ([image, , ...members]) =>
      Buffer.concat([await tarWith([image!, ...members], nothing, cp1251), endOfTar]),
    { rows: 2, dropped: { caption_missing: 1 } },
  ),
  reads(
    'line breaks in names, and pax records of a megabyte',
    'are read: records are taken by their lengths',
    async (members) =>
      Buffer.concat([
        await tarWith(members, (name) =>
          paxHeader([
            paxRecord('SCHILY.xattr.a', '\n20 path=wrong.txt\n'.repeat(60_000)),
            paxRecord('path', `\n${name}`),
          ]),
        ),
        endOfTar,
      ]),
  ),
  reads('long names of GNU tar', 'are read', async (members) =>
    Buffer.concat([await tarWith(members, (name) => longName(`${'long/'.repeat(40)}${name}`)), endOfTar]),
  ),
  reads(
    'files with holes (`tar -S`), in the formats of GNU tar',
    'are read with their holes',
    async ([first, ...members]) => {
      const image = Buffer.from(first![1])
      const { length } = image
      const records = [
        paxRecord('GNU.sparse.major', '1'),
        paxRecord('GNU.sparse.minor', '0'),
        paxRecord('GNU.sparse.name', '00000.png'),
        paxRecord('GNU.sparse.realsize', String(length)),
      ]
      const map = padded(`1\n0\n${length}\n`)
      return Buffer.concat([
        paxHeader(records),
        rawHeader({ name: 'GNUSparseFile.1/00000.png', size: map.length + length }),
        map,
        padded(image),
        await tarOf(members),
      ])
    },
  ),
  reads(
    'a tar without the blocks that end it',
    'is read, and `run` notes `tar_without_end`',
    (members) => tarWith(members, nothing),
    { remarks: { tar_without_end: 1 } },
  ),
  reads(
    'bytes after the end of a tar',
    'are passed over, and `run` notes `tar_bytes_after_end`; members after a hole of zeros are damage',
    async (members) => Buffer.concat([await tarOf(members), Buffer.from('<html>')]),
    { remarks: { tar_bytes_after_end: 1 } },
  ),
  reads(
    'hard and symbolic links in a tar',
    'are no files, as for the readers of WebDataset: `run` notes `tar_links`, and their samples are ' +
      'dropped as `image_is_link`',
    async ([, text, ...members]) =>
      Buffer.concat([
        rawHeader({ name: '00000.png', type: '1' }),
        await tarWith([text!], nothing),
        await tarOf(members),
      ]),
    { rows: 2, remarks: { tar_links: 1 }, dropped: { image_is_link: 1 } },
  ),
  reads(
    'dots within the keys of a tar',
    'the key ends at the first dot of the file name, as WebDataset has it; samples that have neither ' +
      'caption nor image under it are dropped as `name_dotted`',
    async ([image, text, ...members]) =>
      tarOf([['0.5.png', image![1]], ['0.5.txt', text![1]], ['a.b/1.png', await picture(8)], ...members]),
    { rows: 2, dropped: { name_dotted: 1, caption_missing: 1 } },
  ),
  {
    situation: 'one volume of a tar in several',
    does: '`E_TAR_CORRUPT`, which says so',
    check: async (t, place) => {
      await place.write(
        'c/0.tar',
        Buffer.concat([rawHeader({ name: 'a', type: 'M', magic: 'gnu' }), endOfTar]),
      )
      await place.manifest('{ uri: c }')
      t.regex((await place.refusal('run', 'm.yaml')).error.message!, /one volume of a tar/)
    },
  },
]
