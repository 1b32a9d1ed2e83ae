import test from 'ava'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encoderFolder } from '../../../src/core/encoder-folder.js'
import { PipelineError } from '../../../src/core/error.js'

/** A hub cache with one model at two revisions. */
async function hubCache(): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'coterie-hub-'))
  const model = join(cache, 'models--owner--some-model')
  for (const commit of ['aaa111', 'bbb222'])
    await mkdir(join(model, 'snapshots', commit), { recursive: true })
  await mkdir(join(model, 'refs', 'refs'), { recursive: true })
  await writeFile(join(model, 'refs', 'main'), 'bbb222\n')
  await writeFile(join(model, 'refs', 'v1'), 'aaa111')
  return cache
}

test.serial('hub names are found in the local cache at the requested revision', async (t) => {
  const cache = await hubCache()
  const before = process.env['HF_HUB_CACHE']
  process.env['HF_HUB_CACHE'] = cache
  try {
    const snapshots = join(cache, 'models--owner--some-model', 'snapshots')
    t.is(encoderFolder('owner/some-model'), join(snapshots, 'bbb222'))
    t.is(encoderFolder('owner/some-model@v1'), join(snapshots, 'aaa111'))
    t.is(encoderFolder('owner/some-model@aaa'), join(snapshots, 'aaa111'))
    for (const missing of ['owner/other', 'owner/some-model@v2']) {
      const error = t.throws(() => encoderFolder(missing), { instanceOf: PipelineError })
      t.is(error?.code, 'E_ENCODER_MISSING')
      t.regex(error?.found ?? '', new RegExp(cache))
    }
  } finally {
    if (before === undefined) delete process.env['HF_HUB_CACHE']
    else process.env['HF_HUB_CACHE'] = before
    await rm(cache, { recursive: true })
  }
})

test('paths and URIs stay as they are; the built-in encoder is a folder that exists', (t) => {
  for (const place of ['/models/x', './x', '../x', 's3://bucket/x']) t.is(encoderFolder(place), place)
  t.true(existsSync(join(encoderFolder('builtin'), 'model.safetensors')))
})
