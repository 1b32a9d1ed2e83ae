import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Diagnostic } from '../../../src/manifest/yaml/diagnose.js'
import { loadManifest } from '../../../src/manifest/load.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'
import { goldenPlans, loadGolden } from '../../fakes/golden-plan.js'

async function mistakesIn(train: string, set: readonly string[] = []): Promise<readonly Diagnostic[]> {
  const path = join(await mkdtemp(join(tmpdir(), 'coterie-test-')), 'run.yaml')
  await writeFile(
    path,
    `name: run\npipeline: mode\ninput: { uri: a.tar }\nstore: store\nstages:\n  train:\n${train}`,
  )
  return (await loadManifest(path, { stages: builtinStages.all, set })).diagnostics
}

const shown = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ code, line, column, hint }) => [code, line, column, hint])

test('an option under its earlier name is refused where it is written, and the new name told', async (t) => {
  const diagnostics = await mistakesIn(
    '    engine: adapter\n    ridge: 0.1\n    features: { image: a.onnx }\n',
  )
  t.deepEqual(shown(diagnostics), [
    ['E_UNKNOWN_OPTION', 8, 5, 'it was renamed to `train.adapter.ridge`'],
    ['E_UNKNOWN_OPTION', 9, 5, 'it was renamed to `train.adapter.features`'],
  ])
})

test('so are members of a group that means something else today', async (t) => {
  t.deepEqual(shown(await mistakesIn('    engine: open_clip\n    open_clip: { siglip: true }\n')), [
    ['E_UNKNOWN_OPTION', 8, 18, 'it was renamed to `train.open_clip.arguments.siglip`'],
  ])
})

test('and overrides of the command line', async (t) => {
  for (const flag of ['train.ridge=0.1', 'stages.train.ridge=0.1']) {
    const [mistake] = await mistakesIn('    engine: adapter\n', [flag])
    t.is(mistake?.file, `--set ${flag}`)
    t.is(mistake?.hint, 'it was renamed to `train.adapter.ridge`')
  }
  const [mistake] = await mistakesIn('    engine: command\n', ['train.command=[python, train.py]'])
  t.is(mistake?.hint, 'it was renamed to `train.trainer`')
})

for (const golden of goldenPlans.filter(({ before }) => before))
  test(`every earlier spelling is told its new one: ${golden.name}`, async (t) => {
    const { diagnostics } = await loadGolden({ ...golden, train: golden.before! })
    t.true(diagnostics.length > 0)
    for (const { code, message, hint } of diagnostics) {
      t.is(code, 'E_UNKNOWN_OPTION', message)
      t.regex(hint ?? '', /^it was renamed to `train\.[a-z_.]+`$/, message)
    }
  })

test('a group of an engine that was not chosen is a mistake', async (t) => {
  const refused = async (train: string, set: readonly string[] = []) => {
    const [mistake, ...more] = await mistakesIn(train, set)
    t.deepEqual(more, [])
    return mistake
  }
  const mistake = await refused('    engine: open_clip\n    adapter: { ridge: 0.1 }\n')
  t.deepEqual(
    [mistake?.code, mistake?.line, mistake?.column, mistake?.message, mistake?.found, mistake?.hint],
    [
      'E_OPTION',
      8,
      5,
      '`train.adapter` is only read with `engine: adapter`',
      'engine: open_clip',
      'leave `adapter` out, or write `engine: adapter`',
    ],
  )
  t.is((await refused('    open_clip: {}\n'))?.found, 'engine: adapter', 'the default counts')
  t.is((await refused('    engine: adapter\n', ['train.open_clip.arguments.siglip=true']))?.code, 'E_OPTION')
  t.deepEqual(await mistakesIn('    engine: open_clip\n    open_clip: { arguments: { siglip: true } }\n'), [])
})
