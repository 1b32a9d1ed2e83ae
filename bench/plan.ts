import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import sharp from 'sharp'
import { iconPairs } from '../packages/coterie-quickstart/src/sources/icons.js'
import { rowKey, unitOfRow } from '../src/core/random.js'
import type { Bench, BenchContext, Comparison } from './bench.js'
import { interleaved, runProgram, type Finished } from './measure.js'
import { peerVersions } from './peers.js'
import { builtCli } from './support/built-cli.js'
import { finishWithoutRunning } from './support/finished-store.js'
import { writeWorkflow, type StageCount } from './support/snakemake.js'

const requirements = 'plan.txt'

/** Planning a run of many shards, and a second run that finds everything done; whole processes. */
export const bench: Bench = {
  name: 'plan',
  doc:
    'plan and idle second run of many shards (10,000; 1,000 when quick) ' +
    'against snakemake on the same graph',
  requirements,
  run: async (context) => {
    const shards = context.quick ? 1000 : 10_000
    const rounds = context.quick ? 1 : 3
    const folder = await tinyShards(context, shards)
    const small = await tinyShards(context, 60)
    const cli = builtCli()
    const manifest = join(folder, 'plan.yaml')
    const coterie = (...args: string[]): Promise<Finished> => runProgram(process.execPath, [cli, ...args])
    const empty = join(context.scratch, 'empty')
    const planned = JSON.parse((await coterie('plan', manifest, '--store', empty, '--json')).stdout) as {
      stages: StageCount[]
    }
    const tasks = planned.stages.reduce((sum, stage) => sum + stage.tasks, 0)
    context.say(
      `${tasks} tasks: ${planned.stages.map((stage) => `${stage.stage} ${stage.tasks}`).join(', ')}`,
    )
    context.say('filling the store, so that the second run finds everything done')
    await coterie('run', join(small, 'plan.yaml'))
    await rm(join(folder, 'store'), { recursive: true, force: true })
    await finishWithoutRunning(manifest, join(small, 'plan.yaml'))
    await coterie('run', manifest)

    const workflow = join(context.scratch, 'workflow')
    await writeWorkflow(workflow, join(folder, 'shards'), shards, planned.stages)
    const snakemake = (...args: string[]): Promise<Finished> =>
      runProgram(context.python, [
        '-m',
        'snakemake',
        '--directory',
        workflow,
        '-s',
        join(workflow, 'Snakefile'),
        '--quiet',
        'all',
        ...args,
      ])
    const plan = await interleaved(
      {
        ours: async () => {
          await rm(empty, { recursive: true, force: true })
          return (await coterie('plan', manifest, '--store', empty, '--json')).seconds
        },
        peer: async () => (await snakemake('-n')).seconds,
      },
      rounds,
    )
    await runProgram('sh', ['-c', 'xargs touch < outputs.txt'], { cwd: workflow })
    const idle = await interleaved(
      {
        ours: async () => refuseWork(await coterie('run', manifest, '--json')).seconds,
        peer: async () => (await snakemake('--cores', '2')).seconds,
      },
      rounds,
    )
    const peerName = (await peerVersions(requirements)).join(' + ')
    return [
      { work: `plan of ${tasks} tasks`, unit: 's', ...plan, peer_name: peerName, goal: '<= 0.05' },
      { work: 'second run, nothing to do', unit: 's', ...idle, peer_name: peerName, goal: '<= 0.05' },
    ] satisfies Comparison[]
  },
}

/** Writes parquet shards of two pairs each, with real words and tiny pictures, once. */
async function tinyShards({ cache, say }: BenchContext, count: number): Promise<string> {
  const folder = join(cache, `tiny-${count}`)
  if (existsSync(join(folder, 'plan.yaml'))) return folder
  say(`writing ${count} shards`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'shards'), { recursive: true })
  const captions = iconPairs((purpose, name) => unitOfRow(rowKey('quickstart', purpose, name), 0)).map(
    ({ caption }) => caption,
  )
  const pictures = await Promise.all(Array.from({ length: 64 }, (_, index) => square(index)))
  for (let shard = 0; shard < count; shard++) {
    const rows = [2 * shard, 2 * shard + 1]
    const columnData = [
      {
        name: 'caption',
        data: rows.map((row) => `${captions[row % captions.length]} number ${row}`),
        type: 'STRING' as const,
      },
      {
        name: 'image',
        data: rows.map((row) => pictures[row % pictures.length]!),
        type: 'BYTE_ARRAY' as const,
      },
    ]
    await writeFile(
      join(folder, 'shards', `${String(shard).padStart(5, '0')}.parquet`),
      new Uint8Array(parquetWriteBuffer({ columnData })),
    )
  }
  await writeFile(join(folder, 'plan.yaml.part'), manifestText)
  await rename(join(folder, 'plan.yaml.part'), join(folder, 'plan.yaml'))
  return folder
}

function square(index: number): Promise<Buffer> {
  const background = { r: (index * 4) & 255, g: (index * 37) & 255, b: (index * 91) & 255 }
  return sharp({ create: { width: 16, height: 16, channels: 3, background } })
    .png()
    .toBuffer()
}

const manifestText = `name: plan
input: { uri: 'shards/*.parquet', format: parquet }
holdout: { share: 0.1, seed: 5, group_by: caption }
evaluation: { heldout: { type: retrieval, from: holdout } }
store: store
stages:
  cluster: { fine: 16, experts: 4 }
  train: { adapter: { dictionary: 16, dictionary_patches: 1000 } }
`

function refuseWork(finished: Finished): Finished {
  const { stages } = JSON.parse(finished.stdout) as { stages: { stage: string; executed: number }[] }
  const busy = stages.filter(({ executed }) => executed > 0)
  if (busy.length > 0)
    throw new Error(
      `the second run executed ${busy.map(({ stage, executed }) => `${executed} of ${stage}`).join(', ')}`,
    )
  return finished
}
