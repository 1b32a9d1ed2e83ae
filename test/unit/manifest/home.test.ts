import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { loadManifest } from '../../../src/manifest/load.js'
import { goldenStages } from '../../golden/manifest/stages.js'

test('~user is refused, while ~/, ./~ and keys on S3 that begin with ~ are not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-home-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const codesOf = async (uri: string, store: string) => {
    const path = join(folder, 'manifest.yaml')
    await writeFile(path, `name: home\ninput: { uri: "${uri}" }\nstore: "${store}"\n`)
    const { diagnostics } = await loadManifest(path, { stages: goldenStages, env: {} })
    return { codes: diagnostics.map(({ code }) => code) }
  }
  for (const wrong of ['~bob/crawl', '~bob', '@~bob/list.txt'])
    t.true((await codesOf(wrong, 's3://b/~x/s')).codes.includes('E_HOME_OF_USER'), wrong)
  for (const right of ['~/crawl', './~bob/crawl', 's3://b/~bob/crawl'])
    t.false((await codesOf(right, '~/s')).codes.includes('E_HOME_OF_USER'), right)
})
