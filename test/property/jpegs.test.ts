import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeImage } from '../../src/io/image/image.js'
import { checkImage } from '../../src/stages/write/check-image.js'
import { temporaryFolder } from '../fakes/folder.js'
import { python, requirements, testWith } from '../requires.js'

const pillowTest = testWith([requirements.pillow])
const runs = process.env.COTERIE_LONG ? 5200 : 260

interface Mutant {
  readonly file: string
  readonly how: string
  readonly decodes: boolean
}

pillowTest('no JPEG that Pillow and libvips decode is called broken', async (t) => {
  t.timeout(900_000)
  const folder = await temporaryFolder(t)
  const script = new URL('jpeg_mutants.py', import.meta.url).pathname
  const output = execFileSync(python, [script, folder, '11', String(runs)], { maxBuffer: 1 << 30 })
  const mutants = JSON.parse(output.toString()) as readonly Mutant[]
  t.is(mutants.length, runs)
  const counts = { taken: 0, wrongly_taken: 0, dropped: 0 }
  for (const { file, how, decodes } of mutants) {
    const bytes = new Uint8Array(await readFile(join(folder, file)))
    const { trouble } = await checkImage({ extension: 'jpg', bytes }, 'header')
    const both =
      decodes &&
      (await decodeImage(bytes).then(
        () => true,
        () => false,
      ))
    if (both) t.is(trouble, undefined, `${file}: ${how}`)
    if (trouble) counts.dropped++
    else if (both) counts.taken++
    else counts.wrongly_taken++
  }
  t.log(counts)
  t.true(counts.dropped > runs / 8)
  // Damage within the pixels is seen by `images: decode` only.
  t.true(counts.wrongly_taken < runs / 4)
})
