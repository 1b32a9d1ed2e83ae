import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { memorySource } from '../../src/io/source.js'
import { readWebDataset } from '../../src/io/tar/webdataset.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { captionOf, pairs } from './place.js'
import type { Area, Situation } from './situation.js'

const jpeg = async (number: number) =>
  sharp(await picture(number))
    .jpeg()
    .toBuffer()

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** A PNG of 60,000 × 60,000 pixels in a few bytes. */
function bomb(): Buffer {
  const header = Buffer.from([0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 2, 0, 0, 0])
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
  const data = chunk('IDAT', Buffer.alloc(0))
  return Buffer.concat([signature, chunk('IHDR', header), data, chunk('IEND', Buffer.alloc(0))])
}

/** Stray bytes after the first segment. */
async function strayBytes(): Promise<Buffer> {
  const bytes = await jpeg(100)
  const at = 4 + bytes.readUInt16BE(4)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([0, 1, 2, 3]), bytes.subarray(at)])
}

const heic = () => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(500)])

const dropsIn = (
  situation: string,
  does: string,
  ending: string,
  image: () => Buffer | Promise<Buffer>,
  stage: 'ingest' | 'write',
  dropped: { readonly [reason: string]: number },
): Situation => ({
  situation,
  does,
  check: async (t, place) => {
    const odd = [
      [`odd.${ending}`, await image()],
      ['odd.txt', captionOf(100)],
    ] as const
    await place.write('c/0.tar', await tarOf([...(await pairs(12)), ...odd]))
    await place.manifest('{ uri: c }')
    const { code, out, err } = await place.coterie('run', 'm.yaml', '--until', 'write', '--json')
    t.is(code, 0, err + out)
    const { stages } = JSON.parse(out) as { stages: { stage: string; dropped: object; rows_out: number }[] }
    const found = stages.find((each) => each.stage === stage)
    t.deepEqual(found?.dropped, dropped)
    t.is(found?.rows_out, 13 - Object.keys(dropped).length)
  },
})

export const images: Area = {
  area: 'Images and training sets',
  situations: [
    dropsIn(
      'stray bytes between the segments of a JPEG, fill bytes, or bytes after its end',
      'are no damage: an image whose markers are odd is dropped only if it cannot be decoded',
      'jpg',
      strayBytes,
      'write',
      {},
    ),
    dropsIn(
      'an image of more pixels than Pillow opens (178,956,970)',
      'is dropped as `image_too_large` by its header',
      'png',
      bomb,
      'write',
      { image_too_large: 1 },
    ),
    dropsIn(
      'JPEGs called `.jfif`, `.jpe`, `.jif`, `.jfi`, `.pjpeg` or `.pjp`',
      'are JPEGs',
      'jfif',
      () => jpeg(100),
      'write',
      {},
    ),
    dropsIn(
      'HEIC, JPEG XL, JPEG 2000, SVG and PSD by their endings',
      'are dropped as `image_format_unsupported`, with the format in `dropped.arrow`',
      'heic',
      heic,
      'ingest',
      { image_format_unsupported: 1 },
    ),
    dropsIn(
      'such a format, or AVIF, GIF, BMP or TIFF, under whatever name',
      'is dropped by `write` as `image_format_unsupported`: trainers read JPEG, PNG and WebP',
      'jpg',
      heic,
      'write',
      { image_format_unsupported: 1 },
    ),
    {
      situation: 'a sample of a training set has to be found in the crawl again',
      does:
        'its JSON member has `crawl_key`: the path in the tar, the key of the table, or the number of the ' +
        'row ([training sets](guides/training-sets.md))',
      check: async (t, place) => {
        const members = await pairs(12)
        const moved = members.map(([name, content]) => [`./shoes.old/${name}`, content] as const)
        await place.write('c/0.tar', await tarOf(moved))
        await place.manifest('{ uri: c }')
        const { code, out, err } = await place.coterie('run', 'm.yaml', '--until', 'write')
        t.is(code, 0, err + out)
        const keys: unknown[] = []
        for (const path of await place.files('store/write/data', /expert-.*\.tar$/))
          for await (const { members } of readWebDataset(memorySource(path, await readFile(path))))
            keys.push(
              (JSON.parse(String(Buffer.from(members.get('json')!.bytes))) as { crawl_key: string })
                .crawl_key,
            )
        const expected = moved.map(([name]) => name.slice(0, name.lastIndexOf('.')))
        t.deepEqual(keys.sort(), [...new Set(expected)].sort())
      },
    },
  ],
}
