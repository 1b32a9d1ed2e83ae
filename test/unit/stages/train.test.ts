import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { builtinEncoder, encoderFolder } from '../../../src/core/encoder-folder.js'
import { sha256 } from '../../../src/core/digest.js'
import { openNpy } from '../../../src/io/npy.js'
import { memorySource } from '../../../src/io/source.js'
import { openSession } from '../../../src/math/session/open.js'
import { pixelTensor } from '../../../src/math/towers/pixels.js'
import { plannedModels } from '../../../src/stages/train/models.js'
import { train } from '../../../src/stages/train/spec.js'
import { artefactOf, trainAll, trainOptions } from '../../fakes/adapter-run.js'
import { shapeEntry, shapes, shapeShards, tarOf } from '../../fakes/shapes.js'
import { tinyImageTower, tinyTextTower } from '../../fakes/tiny-clip.js'

const own = await shapes(240)
const shards = artefactOf('write', 'group-000', await shapeShards(own, []))
const models = plannedModels({ experts: 2 }, { engine: 'adapter', baselines: ['random', 'full'] })
const whole = trainAll(shards, models)
const json = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes!).toString('utf8'))

test('tasks: features first, then every model after it', (t) => {
  const tasks = train.partition({
    options: trainOptions,
    splits: [],
    takes: { shards: [{ key: 'group-000', kind: 'group', splits: [] }], centres: [] },
    facts: { experts: 2 },
    evaluation: {},
  })
  t.deepEqual(
    tasks.map(({ key }) => key),
    ['features', 'dense', 'expert-0', 'expert-1', 'random-0', 'random-1', 'full-0', 'full-1'],
  )
  t.deepEqual(tasks[0]!.takes, { shards: ['group-000'], centres: [] })
  t.true(tasks.slice(1).every(({ after }) => after?.length === 1 && after[0] === 'features'))
})

test('features are computed once per pair, whichever experts see it', async (t) => {
  const { features } = await whole
  t.deepEqual(features.accounting, { rows_in: 240, rows_out: 240, expanded: 0, dropped: {} })
  const about = json(features.files.get('rows.json'))
  t.is(
    about.home.filter((expert: number) => expert === 0).length,
    own.filter((shape) => shape.expert === 0).length,
  )
  t.true(about.out_of_cluster[0].length > 0)
  t.true(about.out_of_cluster[0].every((row: number) => about.home[row] === 1))
  t.true(about.validation.length > 20 && about.validation.length < 80, String(about.validation.length))
  const array = await openNpy(memorySource('', features.files.get('features.npy')!))
  t.deepEqual(array.shape, [240, 64])
  const values = await array.readRows(0, 240)
  const mean = values.filter((_, i) => i % 64 === 5).reduce((a, b) => a + b) / 240
  t.true(Math.abs(mean) < 1e-4, 'features are standardised')
})

test('a bundle is self-contained, and its towers run', async (t) => {
  const { bundles } = await whole
  const names = (key: string) =>
    bundles
      .find((bundle) => bundle.key === key)!
      .files.map(({ name }) => name)
      .sort()
  for (const key of ['dense', 'expert-0', 'expert-1'])
    t.deepEqual(names(key), [
      'expert.json',
      'head.onnx',
      'image.onnx',
      'metrics.json',
      'text.onnx',
      'tokenizer.json',
    ])
  t.deepEqual(names('random-1'), ['expert.json', 'head.onnx', 'image.onnx', 'metrics.json'])
  const digests = (name: string) =>
    new Set(bundles.flatMap(({ files }) => files.find((file) => file.name === name)?.sha256 ?? [])).size
  t.is(digests('text.onnx'), 1)
  t.is(digests('image.onnx'), models.length)
  const { files } = (await whole).tasks.get('expert-1')!
  const expert = json(files.get('expert.json'))
  t.is(expert.model, 'expert-1')
  t.is(expert.embedding_width, 256)
  const session = await openSession(files.get('image.onnx')!, { threads: 1 })
  const { image_embedding: out } = await session.run(
    { pixels: pixelTensor([new Uint8Array(3072).fill(200), new Uint8Array(3072).fill(9)], expert.image) },
    ['image_embedding'],
  )
  t.deepEqual(out!.dims, [2, 256])
  await session.close()
})

test("experts are better at their own colours than at the other's", async (t) => {
  const { tasks } = await whole
  const cosine = (model: string, rows: string) =>
    json(tasks.get(model)!.files.get('metrics.json')).validation[rows].cosine
  t.true(cosine('expert-0', 'own') > cosine('expert-0', 'all'))
  t.true(cosine('expert-1', 'own') > cosine('expert-1', 'all'))
  t.true(cosine('dense', 'all') > 0.3, `${cosine('dense', 'all')}`)
})

test('the same input gives the same bytes', async (t) => {
  const again = await trainAll(shards, ['expert-0'])
  const first = await whole
  const digests = (files: ReadonlyMap<string, Uint8Array>) =>
    Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)]))
  t.deepEqual(digests(again.features.files), digests(first.features.files))
  t.deepEqual(digests(again.tasks.get('expert-0')!.files), digests(first.tasks.get('expert-0')!.files))
})

test('the dense model depends on the pairs alone, not on how they are cut and shuffled', async (t) => {
  const shuffled = own.toReversed()
  const [one, two] = [shuffled.slice(0, 100), shuffled.slice(100)]
  const files = {
    'expert-00/000000.tar': await tarOf(one.map((shape) => shapeEntry(shape))),
    'expert-01/000000.tar': await tarOf(two.map((shape) => shapeEntry(shape))),
  }
  const other = await trainAll(artefactOf('write', 'group-000', files), ['dense'])
  const digests = ({ files: made }: { readonly files: ReadonlyMap<string, Uint8Array> }) =>
    ['image.onnx', 'head.onnx', 'text.onnx', 'metrics.json', 'expert.json'].map((name) =>
      sha256(made.get(name)!),
    )
  t.deepEqual(digests(other.tasks.get('dense')!), digests((await whole).tasks.get('dense')!))
})

test('a CLIP of the user replaces patches and caption encoder', async (t) => {
  const files: { [name: string]: Uint8Array } = {
    'image.onnx': tinyImageTower(16, 'image_embeds'),
    'text.onnx': tinyTextTower('text_embeds'),
    'tokenizer.json': readFileSync(join(encoderFolder(builtinEncoder), 'tokenizer.json')),
  }
  const features = {
    image: 'image.onnx',
    text: 'text.onnx',
    tokenizer: 'tokenizer.json',
    image_size: 16,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    context_length: 8,
  }
  const made = await trainAll(
    shards,
    ['dense', 'expert-0'],
    { adapter: { ...trainOptions.adapter, features } },
    { openUri: async (uri) => memorySource(uri, files[uri]!) },
  )
  t.deepEqual(made.features.notes, { pairs: 240, features: 3, targets: 3 })
  const expert = json(made.tasks.get('dense')!.files.get('expert.json'))
  t.deepEqual(
    [expert.embedding_width, expert.image.width, expert.image.fit, expert.text.fixed_length],
    [3, 16, 'cover', true],
  )
  // Mean colours say which colour a picture has, so captions are found far better than by chance.
  const { cosine } = json(made.tasks.get('dense')!.files.get('metrics.json')).validation.all
  t.true(cosine > 0.3, String(cosine))
  const session = await openSession(made.tasks.get('dense')!.files.get('text.onnx')!, { threads: 1 })
  t.true(session.outputs.includes('text_embedding'))
  await session.close()
})

test('a fixed shrinkage is used unchanged, and a large one leads to the dense solution', async (t) => {
  const { tasks } = await trainAll(
    shards,
    ['dense', 'expert-0'],
    { adapter: { ...trainOptions.adapter, shrinkage: 10000 } },
    {},
    (await whole).features,
  )
  const validation = (model: string) =>
    json(tasks.get(model)!.files.get('metrics.json')).validation.all.cosine
  t.is(json(tasks.get('expert-0')!.files.get('metrics.json')).shrinkage, 10000)
  t.true(Math.abs(validation('dense') - validation('expert-0')) < 1e-3)
})

test('undecodable images and captions without a vector are dropped by name', async (t) => {
  const few = own.slice(0, 12)
  const bad = [
    {
      key: 'bad',
      members: { png: Buffer.from('no image'), txt: 'red square', json: '{"key":"bad","ooc":false}' },
    },
    { key: 'mute', members: { png: own[0]!.image, txt: '\u{10FFFF}', json: '{"key":"mute","ooc":false}' } },
  ]
  const tar = await tarOf([...few.map((shape) => shapeEntry(shape)), ...bad])
  const { features } = await trainAll(artefactOf('write', 'g', { 'expert-00/000000.tar': tar }), [])
  t.is(features.accounting.rows_in, 14)
  t.is(features.accounting.rows_out, 12)
  t.is(
    Object.values(features.accounting.dropped).reduce((a, b) => a + b),
    2,
  )
  t.true(Object.keys(features.accounting.dropped).some((reason) => reason.startsWith('image_')))
})

test('max_rows takes a seeded sample of the tars', async (t) => {
  const rows = { 'expert-00/000000.tar': 130, 'expert-01/000000.tar': 130 }
  const { features } = await trainAll(artefactOf('write', 'g', await shapeShards(own, []), rows), [], {
    adapter: { ...trainOptions.adapter, max_rows: 100 },
  })
  t.true(
    features.accounting.rows_in > 60 && features.accounting.rows_in < 140,
    String(features.accounting.rows_in),
  )
})

test('lists of URLs are refused for training, and the error says what to do', async (t) => {
  await t.throwsAsync(
    trainAll(artefactOf('write', 'g', { 'expert-00/00000.parquet': new Uint8Array(4) }), []),
    { code: 'E_NO_PAIRS', message: /without images/ },
  )
  await t.throwsAsync(trainAll(artefactOf('write', 'g', {}), []), { code: 'E_NO_PAIRS' })
})
