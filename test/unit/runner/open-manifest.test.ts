import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'ava'
import { locate } from '../../../src/io/store/backends.js'
import { openManifest } from '../../../src/runner/open-manifest.js'

async function written(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'coterie-manifest-')), 'manifest.yaml')
  await writeFile(path, text)
  return path
}

const valid = 'name: any\ninput: { uri: crawl }\nstore: store\n'

test('--store is relative to the working directory, not to the manifest', async (t) => {
  const path = await written(valid)
  const local = await openManifest(path, { store: 'out/here' })
  t.is(resolve(locate(local.setup.store).key), resolve('out/here'))
  const remote = await openManifest(path, { store: 's3://bucket/prefix' })
  t.is(remote.setup.store, 's3://bucket/prefix')
})

test('one error holds every mistake', async (t) => {
  const path = await written(`${valid}stages: { embed: { no_such: 1 } }\nneither: 2\n`)
  const error = await t.throwsAsync(openManifest(path, {}), { code: 'E_MANIFEST' })
  t.is(error.message, 'the manifest has 2 mistakes')
  t.like(error, { place: path })
})
