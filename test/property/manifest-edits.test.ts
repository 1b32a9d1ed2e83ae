import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { renderDiagnostics } from '../../src/manifest/yaml/diagnose.js'
import { loadManifest } from '../../src/manifest/load.js'
import { goldenStages } from '../golden/manifest/stages.js'
import { root } from '../source-tree.js'

const files = join(root, 'test/golden/manifest/files')

test('a manifest or pipeline with changed characters is read or refused, never an exception', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-edits-'))
  await mkdir(join(folder, 'pipelines'))
  const manifest = await readFile(join(files, 'manifest.yaml'), 'utf8')
  const pipeline = await readFile(join(files, 'pipelines/line.yaml'), 'utf8')
  const piece = fc.oneof(
    fc.constantFrom(
      '',
      ':',
      '\n',
      ' ',
      '-',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '!',
      '"',
      '#',
      '\t',
      '__proto__',
      '${env.',
      'null',
      '1',
    ),
    fc.string({ maxLength: 3 }),
  )
  const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(6), piece), {
    maxLength: 4,
  })
  const edited = (text: string, changes: readonly (readonly [number, number, string])[]) =>
    changes.reduce((before, [at, length, put]) => {
      const start = Math.floor(at * before.length)
      return before.slice(0, start) + put + before.slice(start + length)
    }, text)
  try {
    await fc.assert(
      fc.asyncProperty(edits, edits, async (ofManifest, ofPipeline) => {
        await writeFile(join(folder, 'manifest.yaml'), edited(manifest, ofManifest))
        await writeFile(join(folder, 'pipelines/line.yaml'), edited(pipeline, ofPipeline))
        const loaded = await loadManifest(join(folder, 'manifest.yaml'), {
          stages: goldenStages,
          env: { GOLDEN_STORE: 's3://golden' },
        })
        if ((loaded.manifest === undefined) !== loaded.diagnostics.length > 0)
          throw new Error('a manifest exactly without mistakes')
        if (/undefined|\[object|NaN/.test(renderDiagnostics(loaded.diagnostics)))
          throw new Error(renderDiagnostics(loaded.diagnostics))
      }),
      { numRuns: 150 },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
  t.pass()
})
