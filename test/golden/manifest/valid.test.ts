import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { loadManifest } from '../../../src/manifest/load.js'
import { goldenStages } from './stages.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const path = join(here, 'files/manifest.yaml')
const env = { GOLDEN_STORE: 's3://golden/store' }

test("a valid manifest: defaults, then the pipeline's options, then its own; resolved paths", async (t) => {
  const { manifest, diagnostics } = await loadManifest(path, { stages: goldenStages, env })
  t.deepEqual(diagnostics, [])
  const found = `${JSON.stringify(manifest, undefined, 2)}\n`
    .replaceAll(`${dirname(path)}/`, '<folder>/')
    .replaceAll(`"${dirname(path)}"`, '"<folder>"')
  const expected = join(here, 'expected/valid.json')
  if (process.env.COTERIE_UPDATE_GOLDEN !== undefined) await writeFile(expected, found)
  t.is(found, await readFile(expected, 'utf8'))
})

test('--set replaces one option of manifest and pipeline, and the last one wins', async (t) => {
  const set = [
    'cluster.fine=256',
    'write.shard_megabytes=8',
    'embed.encoder.normalise=false',
    'holdout.share=0.2',
    'cluster.seed=1',
    'cluster.seed=2',
    'cluster.max_cluster_ratio=1.5',
  ]
  const { manifest, diagnostics } = await loadManifest(path, { stages: goldenStages, env, set })
  t.deepEqual(diagnostics, [])
  t.deepEqual(manifest?.stages.cluster, { fine: 256, experts: 4, max_cluster_ratio: 1.5, seed: 2 })
  t.deepEqual(manifest?.stages.write, { shard_megabytes: 8 })
  t.deepEqual(manifest?.stages.embed, {
    encoder: { model: join(here, 'files/models/mine'), normalise: false },
  })
  t.deepEqual(manifest?.stages.ingest?.holdout, { share: 0.2, seed: 5 })
})

test('--set adds an option that the manifest lacks', async (t) => {
  const { manifest } = await loadManifest(path, {
    stages: goldenStages,
    env,
    set: ['evaluation.more.type=retrieval', 'evaluation.more.uri=sets/more', 'store=elsewhere'],
  })
  t.deepEqual(manifest?.evaluation.more, { type: 'retrieval', uri: join(here, 'files/sets/more') })
  t.is(manifest?.store, join(here, 'files/elsewhere'))
})

test('nodes come in dependency order, however the pipeline file orders them', async (t) => {
  const { manifest } = await loadManifest(join(here, 'files/shuffled.yaml'), { stages: goldenStages, env })
  t.deepEqual(
    manifest?.pipeline.nodes.map(({ name }) => name),
    ['read', 'embed', 'cluster', 'write', 'fast', 'slow'],
  )
  t.is(manifest?.stages.fast?.engine, 'adapter')
  t.is(manifest?.stages.slow?.engine, 'open_clip')
  t.deepEqual(
    manifest?.stages.read?.holdout,
    { share: 0.1, seed: 0 },
    'the hold-out reaches the ingest stage under whatever name',
  )
})
