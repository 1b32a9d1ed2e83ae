import { cp, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runWithProgress, printResult } from '../../src/cli/commands/run.js'
import { exitFor } from '../../src/cli/terminal/exit.js'
import { PipelineError } from '../../src/core/error.js'
import { packagePath } from '../../src/core/package-path.js'
import { agreement } from './agreement.js'
import { makeCrawl, shared } from './crawl.js'

/**
 * Creates the crawl of `manifests/open-clip-tiny.yaml` from the pairs in ../shared/data, runs the manifest,
 * and classifies photos with its ensemble in both languages. `--small` is for every day: fewer pairs, two
 * experts, one epoch each. `--only` just creates the crawl. COTERIE_PYTHON is the trainer's Python.
 */
const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: 'open-clip-tiny-run' },
    small: { type: 'boolean', default: false },
    only: { type: 'boolean', default: false },
  },
})
const small = [
  'cluster.experts=2',
  'cluster.fine=16',
  'train.seed_epochs=1',
  'train.expert_epochs=1',
  'train.batch_size=32',
  'train.warmup_steps=5',
  'train.baselines=[]',
  'write.shard_megabytes=1',
  'train.mix_megabytes=1',
]

process.exitCode = await exitFor(async () => {
  if (!(await stat(join(shared, 'data/pairs')).catch(() => undefined))) {
    console.log(`skipped: ${join(shared, 'data/pairs')} is not there\n0 passed, 0 failed`)
    return
  }
  const folder = resolve(values.dir)
  await makeCrawl(folder, values.small ? 250 : Number.POSITIVE_INFINITY)
  const manifest = join(folder, 'open-clip-tiny.yaml')
  await cp(packagePath('manifests/open-clip-tiny.yaml'), manifest)
  await cp(packagePath('manifests/open-clip-tiny'), join(folder, 'open-clip-tiny'), { recursive: true })
  if (values.only) return console.log(manifest)
  const start = performance.now()
  const set = values.small ? small : []
  try {
    printResult(await runWithProgress(manifest, { workers: 2, set }))
  } catch (error) {
    if (
      !(error instanceof PipelineError) ||
      (error.code !== 'E_NO_TRAINER' && error.code !== 'E_TRAINER_VERSION')
    )
      throw error
    return console.log(`skipped: ${error.message} (${error.hint ?? ''})\n0 passed, 0 failed`)
  }
  console.log(`${Math.round((performance.now() - start) / 1000)} s`)
  await rm(join(folder, 'ensemble'), { recursive: true, force: true })
  const { photos, same_best, largest } = await agreement(
    manifest,
    { set },
    join(folder, 'ensemble'),
    values.small ? 40 : 200,
  )
  console.log(
    `${photos} photos in TypeScript and in Python: ` +
      `top-1 agrees on ${((100 * same_best) / photos).toFixed(1)} %, ` +
      `scores differ by ${largest.toExponential(1)} at most`,
  )
  if (same_best < 0.995 * photos)
    throw new PipelineError({
      code: 'E_LANGUAGES_DIFFER',
      message: 'the two languages disagree about the pictures',
      expected: '99.5 % with the same class',
      found: `${same_best} of ${photos}`,
    })
  console.log('2 passed, 0 failed')
})
