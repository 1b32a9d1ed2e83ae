import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { PipelineError } from '../../../src/core/error.js'
import type { Decision } from '../../../src/core/field.js'
import { decisionOf, namedOptions } from '../../../src/core/named-options.js'
import { memorySource } from '../../../src/io/source.js'
import { fileSource } from '../../../src/io/store/local/source.js'
import { readWebDataset } from '../../../src/io/tar/webdataset.js'
import type { Artefact, Checkpoints } from '../../../src/stages/define.js'
import { readCalibration, speedOf } from '../../../src/stages/train/calibration.js'
import { options as trainFields, type Options } from '../../../src/stages/train/options.js'
import { train } from '../../../src/stages/train/spec.js'
import { artefactOf } from '../../fakes/adapter-run.js'
import { defaultsOf } from '../../fakes/defaults.js'
import { shapes, shapeShards } from '../../fakes/shapes.js'
import { fakeTask, runFake, type FakeContext } from '../../fakes/task-context.js'

const trainer = [
  process.execPath,
  '--import=tsx',
  fileURLToPath(new URL('../../fakes/trainer.ts', import.meta.url)),
]
const options: Options = {
  ...defaultsOf(trainFields),
  engine: 'command',
  versions: { fake: '1' },
  trainer,
  batch_size: 8,
  workers: 1,
  seed_epochs: 2,
  expert_epochs: 1.5,
  mix_megabytes: 0.02,
  device: 'cpu',
}
const facts = { experts: 2 }
const own = await shapes(120)
const files = await shapeShards(own, [])
const counts = await Promise.all(
  Object.entries(files).map(async ([name, bytes]) => {
    let rows = 0
    for await (const _ of readWebDataset(memorySource(name, bytes))) rows++
    return [name, rows] as const
  }),
)
const group = artefactOf('write', 'group-000', files, Object.fromEntries(counts))
const sizes = {
  'expert-00': { own: own.filter(({ expert }) => expert === 0).length, ooc: 5, bytes: 1, shards: 1 },
  'expert-01': { own: own.filter(({ expert }) => expert === 1).length, ooc: 7, bytes: 1, shards: 1 },
}
const catalogue = artefactOf('write', 'catalogue', { 'sizes.json': Buffer.from(JSON.stringify(sizes)) })

/** Files of a task as an artefact that lies on disk, as a local store has it. */
async function onDisk(
  key: string,
  made: ReadonlyMap<string, Uint8Array>,
  rows: { readonly [name: string]: number } = {},
): Promise<Artefact> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-train-'))
  for (const [name, bytes] of made) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  return {
    ...artefactOf('train', key, made, rows, kindOf(key)),
    open: (name) => fileSource(join(folder, name)),
  }
}

function kindOf(key: string): string {
  return key === 'seed' ? key : key.startsWith('mix-') ? 'mix' : 'train'
}

interface Ran {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly rows: { [name: string]: number }
  readonly notes: { readonly [name: string]: unknown }
  readonly details: readonly string[]
  readonly keep: string
  readonly job: {
    readonly shards: readonly { readonly source: string; readonly samples: number }[]
    readonly schedule: { readonly epochs: number }
    readonly kind: string
    readonly engine: string
    readonly open_clip: object
    readonly seed: number
    readonly initial?: { readonly checkpoint: string }
  }
}

async function runTask(key: string, more: Partial<FakeContext<Options>> = {}): Promise<Ran> {
  const task = fakeTask({ options, takes: { shards: [group, catalogue] } })
  const rows: { [name: string]: number } = {}
  const details: string[] = []
  const keep = more.keep ?? join(await mkdtemp(join(tmpdir(), 'coterie-train-')), 'keep')
  const out = {
    ...task.context.out,
    create: async (name: string) => {
      const pieces: Uint8Array[] = []
      return {
        write: async (bytes: Uint8Array) => void pieces.push(bytes.slice()),
        close: async (count?: number) => {
          task.files.set(name, Buffer.concat(pieces))
          if (count !== undefined) rows[name] = count
          return { name, size: 0, sha256: '' }
        },
      }
    },
  }
  const params = {
    versions: { fake: '1' },
    epochs: key === 'seed' ? 2 : 1.5,
    parts: 2,
    ...(key === 'dense' ? { samples: 'each' } : {}),
  }
  await runFake(train, {
    ...task.context,
    out,
    key,
    kind: kindOf(key),
    keep,
    params,
    facts,
    progress: (_, __, detail) => void (detail && details.push(detail)),
    ...more,
  })
  const job = key.startsWith('mix') ? undefined : JSON.parse(await readFile(join(keep, 'job.json'), 'utf8'))
  return { files: task.files, rows, notes: task.notes, details, keep, job }
}

const mixed = runTask('mix-group-000', { takes: { shards: [group] } }).then(async (made) => ({
  made,
  artefact: await onDisk('mix-group-000', made.files, made.rows),
}))
const seed = mixed.then(async ({ artefact }) => {
  const made = await runTask('seed', { after: [artefact] })
  return { made, artefact: await onDisk('seed', made.files) }
})

const planned = (key: string) => ({ key, kind: 'task', splits: [] })
const cut = (change: Partial<Options> = {}) =>
  train.partition({
    options: { ...options, ...change },
    splits: [],
    takes: { shards: ['group-000', 'group-001', 'catalogue'].map(planned), centres: [planned('whole')] },
    facts,
    evaluation: {},
  })

test('tasks: a random division of each group, the seed model on all of them, then every other model', (t) => {
  const tasks = cut()
  t.deepEqual(
    tasks.map(({ key }) => key),
    [
      'mix-group-000',
      'mix-group-001',
      'seed',
      'dense',
      'expert-0',
      'expert-1',
      'random-0',
      'random-1',
      'full-0',
      'full-1',
    ],
  )
  const after = (key: string) => tasks.find((task) => task.key === key)?.after
  t.deepEqual(after('seed'), ['mix-group-000', 'mix-group-001'])
  t.deepEqual(after('expert-1'), ['seed'])
  t.deepEqual(after('dense'), ['mix-group-000', 'mix-group-001', 'seed'])
  t.true(
    tasks.slice(2).every(({ nondeterministic }) => nondeterministic === true) &&
      tasks.slice(0, 2).every(({ nondeterministic }) => nondeterministic === undefined),
  )
  t.deepEqual(
    cut({ seed_checkpoint: '/seed.pt', baselines: [] }).map(({ key }) => key),
    ['mix-group-000', 'mix-group-001', 'dense', 'expert-0', 'expert-1'],
  )
})

test('epochs, GPUs and baselines of the experts leave the seed model unchanged', (t) => {
  const names = (decision: Decision) =>
    namedOptions(train.options).flatMap((option) =>
      decisionOf(option, options) === decision ? [option.path.join('.')] : [],
    )
  t.deepEqual(names('params'), ['seed_epochs', 'expert_epochs', 'dense_samples'])
  for (const name of ['model', 'batch_size', 'learning_rate', 'open_clip.arguments', 'seed', 'trainer'])
    t.true(names('tasks').includes(name), name)
  for (const name of ['baselines', 'gpus', 'workers', 'sub_epochs', 'limits', 'calibration', 'adapter.ridge'])
    t.true(names('nothing').includes(name), name)
  const params = (change: Partial<Options>, key: string) =>
    cut(change).find((task) => task.key === key)?.params
  t.deepEqual(params({ expert_epochs: 9 }, 'seed'), params({}, 'seed'))
  t.notDeepEqual(params({ expert_epochs: 9 }, 'expert-0'), params({}, 'expert-0'))
  t.notDeepEqual(params({ versions: { fake: '2' } }, 'seed'), params({}, 'seed'))
})

test('the random division contains every pair once, and its parts are as mixed as the whole', async (t) => {
  const { made } = await mixed
  const seen: string[] = []
  const warm: number[] = []
  for (const [name, bytes] of made.files) {
    let here = 0
    for await (const { members } of readWebDataset(memorySource(name, bytes))) {
      const fields = JSON.parse(Buffer.from(members.get('json')!.bytes).toString('utf8'))
      t.false(fields.ooc)
      seen.push(fields.key)
      if (fields.expert === 0) warm.push(seen.length)
      here++
    }
    t.is(made.rows[name], here)
  }
  t.deepEqual(seen.toSorted(), own.map(({ key }) => key).toSorted())
  t.true(
    [...made.files.keys()].filter((name) => name.startsWith('part-01/')).length > 1,
    'tars are closed at their size',
  )
  const early = warm.filter((place) => place <= 60).length
  t.true(
    early > warm.length * 0.3 && early < warm.length * 0.7,
    `${early} of ${warm.length} warm pairs in the first half`,
  )
})

test('every model sees equally many samples, since epochs are counted over all pairs', async (t) => {
  const { artefact } = await mixed
  const seedRun = (await seed).made
  const after = [artefact, (await seed).artefact]
  const [dense, expert, random] = await Promise.all([
    runTask('dense', { after }),
    runTask('expert-0', { after }),
    runTask('random-1', { after }),
  ])
  const samples = ({ job }: Ran) =>
    Math.round(job.schedule.epochs * job.shards.reduce((sum, shard) => sum + shard.samples, 0))
  t.deepEqual([seedRun, dense, expert, random].map(samples), [240, 180, 180, 180])
  t.deepEqual(
    [seedRun, dense, expert, random].map(({ job }) => job.kind),
    ['seed', 'dense', 'expert', 'expert'],
  )
  t.true(expert.job.schedule.epochs > 2.5, 'an expert goes through its own set more often')
  t.is(seedRun.job.initial, undefined)
  t.is(Buffer.from(expert.files.get('checkpoint/weights')!).toString(), 'from random')
  t.is(expert.notes.samples_seen, 180)
  t.true(expert.details.includes('step 4/4, loss 1.00, 100 samples/s, 0 s left'), expert.details.join('; '))
})

test('the job file has the arguments of open_clip under its own names', async (t) => {
  const { artefact } = await mixed
  const given = { ...options, engine: 'open_clip' as const, open_clip: { arguments: { siglip: true } } }
  const { job } = await runTask('seed', { after: [artefact], options: given as Options })
  t.is(job.engine, 'open_clip')
  t.deepEqual(job.open_clip, { siglip: true })
  t.deepEqual((await seed).made.job.open_clip, {}, 'a program of one’s own gets none')
})

test('full-n models on the same data start from different seeds', async (t) => {
  const after = [(await mixed).artefact, (await seed).artefact]
  const [one, two] = await Promise.all([runTask('full-0', { after }), runTask('full-1', { after })])
  t.not(one.job.seed, two.job.seed)
  t.deepEqual(one.job.shards, two.job.shards)
})

/** Waits for a word of the trainer, then stops the task. */
async function stopped(
  keep: string,
  checkpoints: Checkpoints | undefined,
  after: readonly Artefact[],
): Promise<PipelineError> {
  const controller = new AbortController()
  const task = runTask('dense', {
    keep,
    after,
    checkpoints,
    signal: controller.signal,
    progress: (_, __, detail) => {
      if (detail?.startsWith('step 2/')) controller.abort()
    },
  })
  return task.then(
    () => Promise.reject(new Error('it was not stopped')),
    (error: unknown) => error as PipelineError,
  )
}

test.serial('a stopped training asks to be run again and resumes from its folder or the store', async (t) => {
  const after = [(await mixed).artefact, (await seed).artefact]
  process.env.FAKE_TRAINER = 'hang'
  const saved = new Map<string, Uint8Array>()
  const checkpoints: Checkpoints = {
    async save(folder, names, order) {
      for (const name of names) saved.set(name, await readFile(join(folder, name)))
      saved.set('order', Buffer.from(String(order)))
    },
    async restore(folder) {
      await mkdir(folder, { recursive: true })
      for (const [name, bytes] of saved) if (name !== 'order') await writeFile(join(folder, name), bytes)
      return saved.size > 0
    },
  }
  const keep = join(await mkdtemp(join(tmpdir(), 'coterie-train-')), 'keep')
  const first = await stopped(keep, undefined, after)
  t.is(first.exitCode, 75)
  const other = await stopped(
    join(await mkdtemp(join(tmpdir(), 'coterie-train-')), 'keep'),
    checkpoints,
    after,
  )
  t.is(other.code, 'E_STOPPED')
  process.env.FAKE_TRAINER = ''
  t.is((await runTask('dense', { keep, after })).notes.attempts, 2)
  t.is((await runTask('dense', { after, checkpoints })).notes.attempts, 2)
})

for (const [mode, code] of [
  ['nan', 'E_NOT_FINITE'],
  ['short', 'E_TRAINING_SHORT'],
  ['silent', 'E_TRAINER'],
  ['torn', 'E_BUNDLE'],
] as const) {
  test.serial(`the result of a trainer that ends badly (${mode}) is refused`, async (t) => {
    const after = [(await mixed).artefact, (await seed).artefact]
    process.env.FAKE_TRAINER = mode
    const error = await t.throwsAsync(runTask('dense', { after }), { instanceOf: PipelineError })
    process.env.FAKE_TRAINER = ''
    t.is(error.code, code)
    if (mode === 'nan') t.is(error.hint, 'a lower learning rate')
  })
}

test('too few shards, too few pairs and a missing trainer are refused before anything runs', async (t) => {
  const after = [(await mixed).artefact, (await seed).artefact]
  const refused = async (change: Partial<Options>, code: string) => {
    const error = await t.throwsAsync(runTask('expert-0', { after, options: { ...options, ...change } }), {
      instanceOf: PipelineError,
    })
    t.is(error.code, code)
  }
  await refused({ workers: 2, gpus: 4 }, 'E_FEW_SHARDS')
  await refused({ batch_size: 5000 }, 'E_SMALL_SET')
  await refused({ trainer: ['/nowhere/trainer'] }, 'E_NO_TRAINER')
  await refused(
    { engine: 'open_clip', trainer: ['/nowhere/python', '-m', 'coterie_trainer', 'train'] },
    'E_NO_TRAINER',
  )
})

test('the plan states the cost of training and its problems', (t) => {
  const partition = cut().find(({ key }) => key === 'expert-0')!
  const of = (change: Partial<Options>, facts: object = {}) =>
    train.estimate({
      rows: 1_000_000,
      bytes: 3e9,
      options: {
        ...options,
        model: 'ViT-B-32',
        device: 'cuda',
        batch_size: 4096,
        expert_epochs: 5,
        ...change,
      },
      partition,
      facts: { experts: 4, shard_megabytes: 256, ...facts },
    })
  const { training, warnings } = of({ workers: 1 })
  t.is(training?.samples, 5_000_000)
  t.is(training?.steps, 1221)
  t.true(Math.abs(training!.gpu_hours - (5e6 * 3 * 14.78e9) / 93.6e12 / 3600) < 1e-9)
  t.deepEqual(warnings, [])
  t.regex(
    of({ workers: 4, gpus: 8 }).warnings!.join(),
    /about 4 shards is fewer than workers × GPUs \(4 × 8\)/,
  )
  t.deepEqual(of({ workers: 4, gpus: 8 }, { shard_loaders: 32 }).warnings, [], '`write` was told of them')
})

test('shards in parquet are refused at planning', (t) => {
  const error = t.throws(
    () =>
      train.partition({
        options,
        splits: [],
        takes: {},
        facts: { experts: 2, shard_format: 'parquet' },
      } as never),
    { instanceOf: PipelineError },
  )
  t.is(error?.code, 'E_SHARD_FORMAT')
  t.is(error?.place, 'write.format')
})

test('speeds come from a calibration file, which holds no prices', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-test-'))
  const written = async (name: string, cuda: object) => {
    const path = join(folder, name)
    await writeFile(path, JSON.stringify({ cuda, cpu: { teraflops: 0.02 }, models: {} }))
    return path
  }
  const plain = await written('plain.json', { teraflops: 100, price_per_hour: null })
  t.is(speedOf(readCalibration(plain), 'cuda', 'ViT-B-32'), (100 * 1000) / (3 * 14.78))
  const priced = await written('priced.json', { teraflops: 100, price_per_hour: 4.1 })
  const error = t.throws(() => readCalibration(priced), { instanceOf: PipelineError })
  t.is(error.code, 'E_CALIBRATION')
  t.is(error.hint, 'remove it: prices are in the profile, prices: { gpu_hour: 4.1 }')
})
