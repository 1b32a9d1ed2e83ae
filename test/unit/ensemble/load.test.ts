import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { classifyFiles } from '../../../src/ensemble/classify-files.js'
import { readClasses } from '../../../src/ensemble/read-classes.js'
import { builtinEncoder, encoderFolder } from '../../../src/core/encoder-folder.js'
import { PipelineError } from '../../../src/core/error.js'
import { ImageError, loadEnsemble } from '../../../src/index.js'
import { ruleNames } from '../../../src/routing/rules.js'
import { openNpy } from '../../../src/io/npy.js'
import { memorySource } from '../../../src/io/source.js'
import type { Scores } from '../../../src/artefacts/scores.js'
import { artefactOf, evaluateAll, trainAll } from '../../fakes/adapter-run.js'
import { colours, shapeCentres, shapes, shapeShards } from '../../fakes/shapes.js'

const own = await shapes(200)
const held = await shapes(40, 'held')
const names = Object.keys(colours).sort()
const templates = ['{} square', '{} stripes']
const shards = artefactOf('write', 'group-000', await shapeShards(own, held))
const trained = trainAll(shards, ['dense', 'expert-0', 'expert-1'])

/** What `coterie export` writes. */
const exported = trained.then(async ({ bundles }) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-ensemble-'))
  const put = async (name: string, bytes: Uint8Array | string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  for (const bundle of bundles) {
    for (const { name } of bundle.files) {
      const source = await bundle.open(name)
      await put(`${bundle.key}/${name}`, await source.read(0, source.size))
    }
  }
  for (const [name, bytes] of Object.entries(await shapeCentres())) await put(`centres/${name}`, bytes)
  await cp(encoderFolder(builtinEncoder), join(folder, 'encoder'), { recursive: true })
  await put(
    'ensemble.json',
    JSON.stringify({
      version: 1,
      experts: 2,
      models: ['dense', 'expert-0', 'expert-1'],
      encoder: {},
      routing: { rule: 'published', lambda: 0.2, temperature: 0.1 },
    }),
  )
  return folder
})

async function without(model: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'coterie-ensemble-')), 'some')
  await cp(await exported, folder, { recursive: true })
  await rm(join(folder, model), { recursive: true })
  return folder
}

test('the loaded ensemble classifies every image as `evaluate` did', async (t) => {
  const { bundles } = await trained
  const evaluation = { colour: { from: 'holdout', type: 'classification', label: 'colour', templates } }
  const { scores, sets } = await evaluateAll({
    bundles,
    centres: artefactOf('cluster', 'whole', await shapeCentres()),
    shards,
    evaluation,
  })
  const document = JSON.parse(Buffer.from(scores.files.get('scores.json')!).toString('utf8')) as Scores
  const ensemble = await loadEnsemble(await exported)
  for (const rule of ruleNames) {
    const { best, routing } = await ensemble.classify(
      held.map(({ image }) => image),
      names,
      { templates, rule },
    )
    const right = held.filter(({ colour }, row) => names[best[row]!] === colour).length / held.length
    t.is(right, document.scores.find(({ metric, model }) => metric === 'top1' && model === rule)!.value, rule)
    t.true(Math.abs(routing.weights.reduce((a, b) => a + b) - 1) < 1e-9)
  }
  const file = await openNpy(memorySource('', sets[0]!.files.get('image-expert-1.npy')!))
  const expected = await file.readRows(0, file.shape[0]!)
  const found = (await ensemble.embedImages(held.map(({ image }) => image))).get('expert-1')!
  t.true(found.every((value, i) => Math.abs(value - expected[i]!) < 1e-5))
  await ensemble.close()
})

test('one of two experts answers alone, and a text tower in another folder is found', async (t) => {
  const some = await loadEnsemble(await without('expert-1'))
  t.deepEqual([some.present, some.experts], [[0], 2])
  const { routing } = await some.classify([held[0]!.image], names)
  t.deepEqual(routing.weights, [1, 0])
  await some.close()
})

test('queries find images, each routed on its own', async (t) => {
  const ensemble = await loadEnsemble(await exported)
  const images = await ensemble.embedImages(held.map(({ image }) => image))
  const queries = ['red square', 'blue stripes']
  const { scores, weights } = await ensemble.search(queries, images)
  t.deepEqual([scores.length, weights.length], [2 * held.length, 4])
  t.true(weights[0]! > weights[1]! && weights[3]! > weights[2]!, [...weights].join())
  queries.forEach((query, row) => {
    const own = scores.subarray(row * held.length, (row + 1) * held.length)
    t.is(held[own.indexOf(Math.max(...own))]!.colour, query.split(' ')[0]!)
  })
  await ensemble.close()
})

test('`classify` prints the best classes of each file, and names those that it cannot read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-ensemble-'))
  const [first, broken, missing, last] = ['1.png', '2.png', '3.png', '4.png'].map((name) =>
    join(folder, name),
  )
  await writeFile(first!, held[0]!.image)
  await writeFile(last!, held[1]!.image)
  await writeFile(broken!, held[0]!.image.subarray(0, 60))
  const found = await classifyFiles(await exported, [first!, broken!, missing!, folder, last!], names, {
    top: 2,
    templates,
  })
  const [one, two, three, four, five] = found.images
  t.is(one!.classes.length, 2)
  t.is(one!.classes[0]!.name, held[0]!.colour)
  t.is(five!.classes[0]!.name, held[1]!.colour)
  t.is(five!.error, undefined)
  t.regex(two!.error ?? '', /not a readable image/)
  t.is(three!.error, 'there is no such file')
  t.is(four!.error, 'a folder')
  const none = await classifyFiles(await exported, [missing!], names, { top: 1 })
  t.deepEqual(none.images[0]!.classes, [])
})

test('class lists are UTF-8; names that are listed twice count once', async (t) => {
  const path = join(await mkdtemp(join(tmpdir(), 'coterie-classes-')), 'names.txt')
  const read = async (content: string | Uint8Array) => {
    await writeFile(path, content)
    return readClasses(path)
  }
  t.deepEqual(await read('\uFEFFcat\r\n\n dog \ncat\n'), { names: ['cat', 'dog'], repeated: ['cat'] })
  t.deepEqual(await read('["a", "b"]'), { names: ['a', 'b'], repeated: [] })
  await t.throwsAsync(read(Uint8Array.from([0x63, 0xe9, 0x0a])), { code: 'E_CLASS_LIST', message: /UTF-8/ })
  await t.throwsAsync(read('["a", 1]'), { code: 'E_CLASS_LIST' })
  await t.throwsAsync(read('["a"'), { code: 'E_CLASS_LIST' })
  await t.throwsAsync(read('\n'), { code: 'E_NO_CLASSES' })
  await t.throwsAsync(readClasses(tmpdir()), { code: 'E_CLASS_LIST', message: /EISDIR/ })
})

test('an ensemble that cannot work is refused with the reason', async (t) => {
  await t.throwsAsync(loadEnsemble(tmpdir()), {
    instanceOf: PipelineError,
    message: /ensemble.json cannot be read/,
  })
  const none = await without('expert-1')
  await rm(join(none, 'expert-0'), { recursive: true })
  await t.throwsAsync(loadEnsemble(none), { message: /no expert is present/ })
  const ensemble = await loadEnsemble(await exported)
  await t.throwsAsync(ensemble.classify([held[0]!.image], ['red', 'red']), {
    message: /distinct and not empty/,
  })
  await t.throwsAsync(ensemble.classify([Buffer.from('no image')], names), { instanceOf: ImageError })
  await ensemble.close()
})
