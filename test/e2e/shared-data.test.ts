import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { runManifest } from '../../src/runner/run.js'
import type { RunResult } from '../../src/runner/result.js'
import { requirements, testWith } from '../requires.js'
import { sharedFolder } from '../shared.js'

/** The quickstart's manifest shape on other people's data. */
const shared = sharedFolder() as string
const long = process.env['COTERIE_LONG'] !== undefined
const test = testWith([requirements.sharedData])

test.serial('tars of photos, products, emoji and tiny images become experts with scores', async (t) => {
  const pairs = join(shared, 'data/pairs')
  const tars = ['flickr8k-1k', 'fashion-products', 'tiny-imagenet-train', 'noto-emoji'].map((name) =>
    join(pairs, `${name}.tar`),
  )
  const result = await runOn(t, [
    `input: { uri: ${JSON.stringify(tars)}, format: auto }`,
    // Looking at every picture for near-twins takes most of a minute.
    `holdout: { share: 0.1, seed: 5, group_by: ${long ? 'image' : 'caption'} }`,
    'evaluation:',
    '  heldout: { type: retrieval, from: holdout }',
    'stages:',
    '  cluster: { fine: 64, experts: 4 }',
    ...(long
      ? []
      : [
          '  train: { baselines: [], adapter: { max_rows: 1500, dictionary: 32, dictionary_patches: 4000 } }',
        ]),
  ])
  const stage = stagesOf(result)
  t.is(stage('ingest').rows_in, 1000 + 3750 + 3000 + 2136)
  t.is(stage('assign').rows_out, stage('ingest').rows_out)
  balanced(t, result)
  const report = await readFile(result.report!.replace(/html$/, 'json'), 'utf8')
  const { scores } = JSON.parse(report) as { scores: { task: string; model: string; value: number }[] }
  t.true(scores.some(({ task, model, value }) => task === 'heldout' && model === 'dense' && value > 0))
})

test.serial('a crawl of addresses and alt texts (LAION) becomes lists of addresses by expert', async (t) => {
  const laion = join(shared, 'data/parquet-samples/laion-sample-filtered.parquet')
  const input = `input: { uri: ${JSON.stringify(laion)}, format: parquet }`
  const result = await runOn(t, [input, 'stages:', '  cluster: { fine: 64, experts: 4 }'], 'write')
  const stage = stagesOf(result)
  t.is(stage('ingest').rows_in, 9792)
  t.true(stage('assign').rows_out > 9000)
  balanced(t, result)
})

async function runOn(t: ExecutionContext, lines: readonly string[], until?: string): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-shared-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const manifest = join(folder, 'shared.yaml')
  await writeFile(manifest, ['name: shared', 'pipeline: mode', 'store: store', ...lines, ''].join('\n'))
  t.timeout(300_000)
  return runManifest(manifest, { until })
}

function stagesOf({ stages }: RunResult) {
  return (name: string) => stages.find(({ stage }) => stage === name)!
}

/** Nothing is lost between the stages that handle rows one by one. */
function balanced(t: ExecutionContext, { stages }: RunResult): void {
  for (const { stage, rows_in, rows_out, dropped } of stages.filter(({ stage }) =>
    ['embed', 'assign'].includes(stage),
  )) {
    t.is(rows_in, rows_out + Object.values(dropped).reduce((sum, rows) => sum + rows, 0), stage)
  }
}
