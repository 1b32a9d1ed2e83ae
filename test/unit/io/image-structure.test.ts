import test from 'ava'
import sharp from 'sharp'
import { ImageError, mostPixels } from '../../../src/io/image/image.js'
import { DoubtfulImage, imageStructure } from '../../../src/io/image/structure.js'
import { unsupportedFormatOf } from '../../../src/io/image/type.js'
import { checkImage } from '../../../src/stages/write/check-image.js'
import { picture } from '../../fakes/crawl.js'

const check = async (bytes: Uint8Array) => (await checkImage({ extension: 'jpg', bytes }, 'header')).trouble
const png = (width: number, height: number) => {
  const bytes = Buffer.alloc(64)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  bytes.write('IEND', 40)
  return bytes
}

test('the limit of pixels is the one at which Pillow refuses', (t) => {
  t.is(mostPixels, 178_956_970)
  t.is(imageStructure(png(mostPixels, 1)).width, mostPixels)
  const error = t.throws(() => imageStructure(png(mostPixels + 1, 1)), { instanceOf: ImageError })
  t.is(error?.reason, 'image_too_large')
})

test('only an image that cannot be decoded is dropped for its markers', async (t) => {
  const jpeg = await sharp(await picture(3))
    .jpeg()
    .toBuffer()
  const at = 4 + jpeg.readUInt16BE(4)
  const insert = (...bytes: number[]) =>
    Buffer.concat([jpeg.subarray(0, at), Buffer.from(bytes), jpeg.subarray(at)])
  for (const odd of [
    insert(0, 1, 2),
    insert(0xff, 0xff, 0xff),
    insert(0xff, 0x00),
    Buffer.concat([jpeg, Buffer.alloc(100)]),
    Buffer.concat([jpeg, jpeg]),
    Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(600)]),
    Buffer.from(await picture(1)).subarray(0, -12),
  ])
    t.is(await check(odd), undefined)
  t.is(await check(jpeg.subarray(0, jpeg.length / 2)), 'image_truncated')
  t.is(await check(Buffer.concat([jpeg.subarray(0, 2), jpeg])), 'image_undecodable', 'two starts')
  t.throws(() => imageStructure(insert(0, 1, 2)), { instanceOf: DoubtfulImage })
  t.is((await check(Buffer.from('<html>'))) ?? '', 'image_unknown_format')
})

test('pictures of other formats are named by their bytes', async (t) => {
  const box = (brand: string) =>
    Buffer.concat([Buffer.alloc(4), Buffer.from(brand, 'latin1'), Buffer.alloc(9)])
  const of = (bytes: string) => unsupportedFormatOf(Buffer.from(bytes, 'latin1'))
  t.is(unsupportedFormatOf(box('ftypheic')), 'heic')
  t.is(unsupportedFormatOf(box('ftypmif1')), 'heic')
  t.is(unsupportedFormatOf(box('ftypisom')), undefined)
  t.is(unsupportedFormatOf(box('JXL \r\n\x87\n')), 'jxl')
  t.is(of('\xff\x0a\x00'), 'jxl')
  t.is(of('\xff\x4f\xff\x51'), 'jp2')
  t.is(of('<?xml version="1.0"?>\n<svg xmlns="…">'), 'svg')
  t.is(of('<html><svg>'), undefined)
  t.is(of('8BPS'), 'psd')
  t.is(of(''), undefined)
  t.is(await check(box('ftypheic')), 'image_format_unsupported')
})

test('an image above the limit of the reader is too large, and not missing', (t) => {
  t.deepEqual(checkImage({ extension: 'jpg', member: 'a.jpg', size: 2 ** 30 }, 'header'), {
    trouble: 'image_too_large',
  })
  t.deepEqual(checkImage(undefined, 'header'), { trouble: 'image_missing' })
})
