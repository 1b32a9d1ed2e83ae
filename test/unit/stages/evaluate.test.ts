import test from 'ava'
import type { Routing } from '../../../src/artefacts/routing.js'
import type { Scores } from '../../../src/artefacts/scores.js'
import { withDenseName } from '../../../src/routing/names.js'
import { builtInRules, ruleNames } from '../../../src/routing/rules.js'
import { evaluate } from '../../../src/stages/evaluate/spec.js'
import { memorySource } from '../../../src/io/source.js'
import { artefactOf, evaluateAll, evaluateOptions, trainAll } from '../../fakes/adapter-run.js'
import { colours, shapeCentres, shapes, shapeShards, tarOf } from '../../fakes/shapes.js'

const own = await shapes(300)
const held = await shapes(80, 'held')
const centres = artefactOf('cluster', 'whole', await shapeCentres())
const shards = artefactOf('write', 'group-000', await shapeShards(own, held))
const trained = trainAll(shards, ['dense', 'expert-0', 'expert-1', 'random-0', 'random-1'])
const evaluation = {
  colour: {
    from: 'holdout',
    type: 'classification',
    label: 'colour',
    templates: ['{} square', '{} stripes'],
  },
  pictures: { from: 'holdout', type: 'retrieval' },
}
const whole = trained.then(({ bundles }) => evaluateAll({ bundles, centres, shards, evaluation }))
const json = <T>(bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes!).toString('utf8')) as T
const documents = whole.then(({ scores }) => ({
  scores: json<Scores>(scores.files.get('scores.json')),
  routing: json<Routing>(scores.files.get('routing.json')),
}))

test('models that share a trunk share a features task per set; one task makes the scores', (t) => {
  const bundles = ['features', 'dense', 'expert-0'].map((key) => ({ key, kind: 'task', splits: [] }))
  const given = {
    options: evaluateOptions,
    splits: [],
    takes: {
      bundles,
      centres: [{ key: 'whole', kind: 'task', splits: [] }],
      shards: [{ key: 'group-000', kind: 'task', splits: [] }],
    },
    evaluation,
  }
  const shared = evaluate.partition({
    ...given,
    facts: { shared_trunk: true, models: ['dense', 'expert-0'] },
  })
  t.deepEqual(
    shared.map(({ key }) => key),
    ['features-0', 'features-1', 'scores'],
  )
  t.deepEqual(shared[0]!.takes, { bundles: ['dense', 'expert-0'], shards: ['group-000'] })
  t.deepEqual(shared.at(-1)!.after, ['features-0', 'features-1'])
  t.is(evaluate.partition({ ...given, facts: { models: ['dense', 'expert-0'] } }).length, 5)
})

test('every model and rule is scored on every task', async (t) => {
  const { scores } = await documents
  const models = (metric: string) =>
    scores.scores
      .filter((score) => score.metric === metric && score.task === 'colour')
      .map(({ model }) => model)
  const expected = [
    'dense',
    'expert-0',
    'expert-1',
    'best-single',
    'uniform',
    'random-n',
    ...ruleNames,
    ...builtInRules.flatMap(({ name, with_dense }) => (with_dense ? [withDenseName(name)] : [])),
    'oracle',
  ]
  t.deepEqual(models('top1').sort(), expected.toSorted())
  t.deepEqual(
    scores.tasks.map(({ name }) => name),
    ['colour', 'pictures'],
  )
  for (const { value, low, high, model, metric } of scores.scores)
    t.true(
      low <= high && value >= 0 && value <= 1 && low <= value + 1e-9 && high >= value - 1e-9,
      `${model} ${metric}: ${low} ${value} ${high}`,
    )
})

test('the dense model learns colours, far above chance and majority', async (t) => {
  const { scores } = await documents
  const { chance, majority, rows, classes } = scores.tasks[0]!
  t.deepEqual([rows, classes, chance], [80, 4, 0.25])
  const dense = scores.scores.find(
    ({ task, metric, model }) => task === 'colour' && metric === 'top1' && model === 'dense',
  )!
  t.true(dense.low > majority! && dense.value > 0.6, JSON.stringify(dense))
})

test('the oracle is chosen on test rows, the best single expert on validation rows', async (t) => {
  const { scores } = await documents
  const top = (model: string) =>
    scores.scores.find(
      ({ task, metric, model: own }) => task === 'colour' && metric === 'top1' && own === model,
    )!.value
  t.is(top('oracle'), Math.max(top('expert-0'), top('expert-1')))
  t.is(top('best-single'), top(scores.best_single!.model))
  const { by_model, model } = scores.best_single!
  t.is(by_model[model], Math.max(by_model['expert-0']!, by_model['expert-1']!))
})

test('routing names the classes behind each weight', async (t) => {
  const { routing } = await documents
  const task = routing.tasks.find(({ direction }) => direction === 'classes')!
  t.deepEqual(
    task.classes!.map(({ name }) => name),
    Object.keys(colours).sort(),
  )
  const experts = Object.fromEntries(task.classes!.map(({ name, expert }) => [name, expert]))
  t.deepEqual(experts, { blue: 1, green: 1, orange: 0, red: 0 })
  for (const { weights } of task.rules) t.true(Math.abs(weights.reduce((a, b) => a + b) - 1) < 1e-9)
  t.deepEqual(
    routing.tasks.map(({ direction }) => direction),
    ['classes', 'corpus', 'queries'],
  )
})

test('the verdict follows from the intervals', async (t) => {
  const { scores } = await documents
  for (const [rule, { wins, losses, ties }] of Object.entries(scores.verdict.by_rule)) {
    const intervals = scores.differences.filter(({ model }) => model === rule)
    t.is(wins.length, intervals.filter(({ low }) => low > 0).length)
    t.is(losses.length, intervals.filter(({ high }) => high < 0).length)
    t.is(ties.length, intervals.length - wins.length - losses.length)
  }
  t.regex(scores.verdict.text, /Routing by the published rule beats dense on \d of 3 tasks/)
})

test('the dense model retrieves captions and images better than chance, in both directions', async (t) => {
  const { scores } = await documents
  for (const metric of ['text_to_image_r1', 'image_to_text_r1']) {
    const dense = scores.scores.find(
      (score) => score.task === 'pictures' && score.metric === metric && score.model === 'dense',
    )!
    t.true(dense.value > 2 / 8, `${metric} ${dense.value}`)
  }
})

test('the ensemble of one of two experts is scored', async (t) => {
  const { bundles } = await trained
  const some = bundles.filter(({ key }) => key !== 'expert-1' && !key.startsWith('random'))
  const { scores } = await evaluateAll({
    bundles: some,
    centres,
    shards,
    evaluation: { colour: evaluation.colour },
  })
  const document = json<Scores>(scores.files.get('scores.json'))
  const top = (model: string) =>
    document.scores.find(({ metric, model: own }) => metric === 'top1' && own === model)!.value
  t.is(top('published'), top('expert-0'))
  t.is(top('per-class'), top('expert-0'))
})

test('a CLIP_benchmark folder is read with class numbers, names and templates', async (t) => {
  const names = Object.keys(colours)
  const tar = await tarOf(
    held.slice(0, 30).map(({ key, image, colour }) => ({
      key,
      members: { png: image, cls: String(names.indexOf(colour)) },
    })),
  )
  const files: { [uri: string]: Uint8Array } = {
    'mem/wds/classnames.txt': Buffer.from(`${names.join('\n')}\n`),
    'mem/wds/test/0.tar': tar,
    'mem/wds/train/0.tar': Buffer.from('not read'),
    'mem/wds/zeroshot_classification_templates.txt': Buffer.from('{c} square\n{c} stripes\n'),
  }
  const { bundles } = await trained
  const more = {
    listUri: async () => Object.keys(files),
    openUri: async (uri: string) => memorySource(uri, files[uri]!),
  }
  const { scores, sets } = await evaluateAll(
    {
      bundles: bundles.slice(0, 1),
      centres,
      shards,
      evaluation: { wds: { uri: 'mem/wds', type: 'classification', metric: 'mean_per_class' } },
    },
    {},
    more,
  )
  const document = json<Scores>(scores.files.get('scores.json'))
  t.is(document.tasks[0]!.rows, 30)
  t.is(document.tasks[0]!.main_metric, 'mean_per_class')
  t.deepEqual(json<{ texts: string[] }>(sets[0]!.files.get('set.json')).texts, names)
  t.is(document.verdict.text, 'There is no ensemble of experts and dense model to compare.')
})

test('samples of other sets are told from broken ones; a set without labels is refused', async (t) => {
  const { bundles } = await trained
  const files = {
    ...(await shapeShards(own.slice(0, 20), [])),
    'holdout/000000.tar': await tarOf(
      held.slice(0, 4).map(({ key, image, colour }, row) => ({
        key,
        members: {
          png: row === 3 ? Buffer.from('broken') : image,
          txt: 'x',
          json: row === 0 ? '{}' : JSON.stringify({ colour }),
        },
      })),
    ),
  }
  const broken = artefactOf('write', 'g', files)
  const { sets } = await evaluateAll({
    bundles: bundles.slice(0, 1),
    centres,
    shards: broken,
    evaluation: { colour: evaluation.colour },
  })
  t.is(sets[0]!.accounting.rows_in, 4)
  t.is(sets[0]!.accounting.rows_out, 2)
  t.is(sets[0]!.accounting.dropped.other_set, 1)
  await t.throwsAsync(
    evaluateAll({
      bundles: bundles.slice(0, 1),
      centres,
      shards: broken,
      evaluation: { none: { from: 'holdout', type: 'classification', label: 'shape' } },
    }),
    { code: 'E_EVALUATION_SET', message: /no usable sample/ },
  )
})

test('choices are made on validation rows, which no score is measured on', async (t) => {
  const { bundles } = await trained
  const run = (options: object) =>
    evaluateAll(
      { bundles: bundles.filter(({ key }) => !key.startsWith('random')), centres, shards, evaluation },
      options,
    ).then(({ scores }) => ({
      scores: json<Scores>(scores.files.get('scores.json')),
      routing: json<Routing>(scores.files.get('routing.json')),
    }))
  const { scores, routing } = await run({
    validation_share: 0.4,
    temperature: null,
    probe_shots: [3],
    linear_probe: true,
  })
  t.true(scores.tasks[0]!.rows > 30 && scores.tasks[0]!.rows < 66, String(scores.tasks[0]!.rows))
  t.true(routing.tasks.every(({ temperature }) => [0.1, 0.05, 0.2, 0.02, 0.5].includes(temperature)))
  t.deepEqual(
    scores.scores
      .filter(({ metric }) => metric === 'probe_top1')
      .map(({ model }) => model)
      .sort(),
    ['probe-3:dense', 'probe-3:experts', 'probe:dense', 'probe:experts'],
  )
  const fixed = await run({
    validation_share: 0.4,
    temperature: routing.tasks[0]!.temperature,
    linear_probe: false,
  })
  const top = (document: Scores) =>
    document.scores
      .filter(({ task, metric, model }) => task === 'colour' && metric === 'top1' && model === 'per-class')
      .map(({ value }) => value)
  t.deepEqual(
    top(fixed.scores),
    top(scores),
    'the choice is one temperature, and scores are those of that temperature',
  )
  t.deepEqual(
    evaluate.check!({ ...evaluateOptions, temperature: null }, {}).map(({ option }) => option),
    ['temperature'],
  )
})

test('without a validation split, the best single expert is chosen on validation rows', async (t) => {
  const { bundles } = await trained
  const silent = bundles
    .filter(({ key }) => !key.startsWith('random'))
    .map((bundle) => ({
      ...bundle,
      open: async (name: string) =>
        name === 'metrics.json' ? memorySource(name, Buffer.from('{}')) : bundle.open(name),
    }))
  const best = async (options: object) =>
    json<Scores>(
      (
        await evaluateAll(
          { bundles: silent, centres, shards, evaluation: { colour: evaluation.colour } },
          options,
        )
      ).scores.files.get('scores.json'),
    ).best_single
  t.is(await best({}), null)
  const { model, metric, by_model } = (await best({ validation_share: 0.3 }))!
  t.regex(metric, /validation rows/)
  t.is(by_model[model], Math.max(by_model['expert-0']!, by_model['expert-1']!))
})

test('labels are read from .npy files of CLIP_benchmark and from captions of a single tar', async (t) => {
  const names = Object.keys(colours)
  const header = `{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }`.padEnd(117) + '\n'
  const multiHot = (set: readonly number[]) =>
    Buffer.concat([
      Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]),
      Buffer.from(header),
      Buffer.from(BigInt64Array.from(names, (_, at) => (set.includes(at) ? 1n : 0n)).buffer),
    ])
  const several = held.slice(0, 30).map(({ key, image, colour }, row) => ({
    key,
    members: {
      png: image,
      npy: multiHot(row % 5 === 0 ? [0, names.indexOf(colour)] : [names.indexOf(colour)]),
    },
  }))
  const files: { [uri: string]: Uint8Array } = {
    'mem/multi/classnames.txt': Buffer.from(names.join('\n')),
    'mem/multi/test/0.tar': await tarOf(several),
    'mem/one.tar': await tarOf(
      held.slice(0, 30).map(({ key, image, colour }) => ({ key, members: { png: image, txt: colour } })),
    ),
  }
  const more = {
    listUri: async (uri: string) => Object.keys(files).filter((name) => name.startsWith(uri)),
    openUri: async (uri: string) => memorySource(uri, files[uri]!),
  }
  const { bundles } = await trained
  const sets = {
    multi: { uri: 'mem/multi', type: 'multilabel', templates: ['{} square'] },
    one: { uri: 'mem/one.tar', type: 'classification', label: 'caption' },
  }
  const { scores, sets: made } = await evaluateAll(
    { bundles: bundles.slice(0, 1), centres, shards, evaluation: sets },
    {},
    more,
  )
  const document = json<Scores>(scores.files.get('scores.json'))
  const map = document.scores.find(({ task, metric }) => task === 'multi' && metric === 'map')!
  t.true(map.value > document.tasks[0]!.chance && map.value <= 1, String(map.value))
  t.deepEqual(
    json<{ positives: number[][] }>(made[0]!.files.get('set.json')).positives[0]!.length,
    held[0]!.colour === names[0] ? 1 : 2,
  )
  t.deepEqual(
    document.tasks.map(({ rows }) => rows),
    [30, 30],
  )
})
