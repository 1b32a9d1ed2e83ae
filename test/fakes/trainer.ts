import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { builtinEncoder, encoderFolder } from '../../src/core/encoder-folder.js'
import type { Job } from '../../src/stages/train/job/schema.js'
import { tinyImageTower, tinyTextTower } from './tiny-clip.js'

/**
 * A trainer that keeps the contract and learns nothing: four parts, each a checkpoint. The environment tells
 * it to misbehave: FAKE_TRAINER=hang (after two parts, until it is stopped), nan, short, silent, torn.
 */
const mode = process.env.FAKE_TRAINER ?? ''
const job = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as Job
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`)
const rows = job.shards.reduce((sum, { samples }) => sum + samples, 0)
const total = Math.floor(rows * job.schedule.epochs)
const parts = 4
const state = join(job.work, 'part')

await mkdir(job.work, { recursive: true })
if (job.keep !== undefined) await cp(job.keep, job.work, { recursive: true }).catch(() => {})
const before = Number(await readFile(state, 'utf8').catch(() => '0'))
say({ event: 'phase', phase: 'training' })
process.stdout.write('some chatter\n')
process.stderr.write('a line of the log\n')
process.on('SIGTERM', () => void interrupted())
for (let part = before + 1; part <= parts; part++) {
  const samples = Math.round((total * part) / parts)
  say({
    event: 'progress',
    step: part,
    steps: parts,
    samples,
    samples_total: total,
    loss: 4 / part,
    learning_rate: 1e-4,
    samples_per_second: 100,
    seconds_left: parts - part,
  })
  await writeFile(state, String(part))
  if (job.keep !== undefined) {
    await mkdir(job.keep, { recursive: true })
    await cp(state, `${job.keep}/part.new`)
    await rename(`${job.keep}/part.new`, join(job.keep, 'part'))
  }
  say({ event: 'checkpoint', part, parts, step: part })
  if (mode === 'hang' && part === 2) await new Promise((resolve) => setTimeout(resolve, 60_000))
}
if (mode === 'silent') process.exit(0)
if (mode === 'nan') {
  await finish({
    status: 'failed',
    code: 'E_NOT_FINITE',
    message: 'the loss is not a number',
    hint: 'a lower learning rate',
  })
  process.exit(4)
}
await bundle()
await finish({
  status: 'succeeded',
  samples_seen: mode === 'short' ? 1 : total,
  steps: parts,
  gpu_hours: 0.01,
  training_seconds: 36,
  attempts: before > 0 ? 2 : 1,
  processes: 1,
  loss: { first: 4, last: 1 },
  versions: { fake: '1' },
})

async function interrupted(): Promise<void> {
  await finish({ status: 'interrupted' })
  process.exit(75)
}

async function finish(record: object): Promise<void> {
  await writeFile(
    join(job.work, 'exit.json'),
    JSON.stringify({ version: 1, name: job.name, kind: job.kind, ...record }),
  )
  say({ event: 'end', status: 'succeeded', code: null, message: null, ...record })
}

async function bundle(): Promise<void> {
  await rm(job.bundle, { recursive: true, force: true })
  await mkdir(join(job.bundle, 'checkpoint'), { recursive: true })
  const put = (name: string, bytes: Uint8Array | string) => writeFile(join(job.bundle, name), bytes)
  const document = {
    version: 1,
    engine: 'command',
    model: job.name,
    embedding_width: 3,
    image: { width: 8, height: 8, fit: 'cover', interpolation: 'bicubic', mean: [0, 0, 0], std: [1, 1, 1] },
    text: { context_length: 8, pad_id: 0, lowercase: false, fixed_length: true, bundle: null },
    trunk: null,
    logit_scale: 10,
    logit_bias: null,
    data: { pairs: rows, out_of_cluster: job.out_of_cluster, samples_seen: total },
  }
  await put('expert.json', JSON.stringify(document))
  if (mode === 'torn') return
  await put('metrics.json', '{}')
  await put(
    'checkpoint/weights',
    job.initial
      ? `from ${await readFile(join(job.initial.checkpoint, 'checkpoint/weights'), 'utf8')}`
      : 'random',
  )
  await put('tokenizer.json', await readFile(join(encoderFolder(builtinEncoder), 'tokenizer.json')))
  await put('image.onnx', tinyImageTower(8))
  await put('text.onnx', tinyTextTower())
}
