import { readFileSync } from 'node:fs'
import test from 'ava'
import { imageExtensions, imageOf, isImageExtension, loaderExtensions } from '../../../src/io/image/type.js'

test('a sample with several images has one image, whoever reads it', (t) => {
  const members = new Map([
    ['txt', 'caption'],
    ['bmp', 'second'],
    ['avif', 'first'],
  ])
  t.deepEqual(imageOf(members), { extension: 'avif', member: 'first' })
  t.is(imageOf(new Map([['txt', 'caption']])), undefined)
  t.true(isImageExtension('tiff'))
  t.false(isImageExtension('seg.png'))
})

test('the trainer takes the image that `doctor` looks at', (t) => {
  const source = readFileSync('trainer/coterie_trainer/tar.py', 'utf8')
  const line = /^IMAGES = \((.*)\)$/m.exec(source)?.[1] ?? ''
  t.deepEqual(
    line.split(', '),
    loaderExtensions.map((extension) => `"${extension}"`),
  )
  t.true(loaderExtensions.every((extension) => imageExtensions.includes(extension)))
})
