import test from 'ava'
import {
  expertFolder,
  expertOf,
  expertOfFolder,
  isBaseline,
  isExpert,
  modelKey,
  modelOf,
  parseModelKey,
} from '../../../src/core/model-key.js'

test('keys are read as they are written', (t) => {
  for (const kind of ['expert', 'random', 'full'] as const)
    for (const index of [0, 7, 12, 345]) t.deepEqual(parseModelKey(modelKey(kind, index)), { kind, index })
  t.deepEqual(parseModelKey('seed'), { kind: 'seed', index: 0 })
  t.deepEqual(parseModelKey('dense'), { kind: 'dense', index: 0 })
})

test('names of ensembles, folders and other tasks are no models', (t) => {
  for (const name of [
    'random-n',
    'full-n',
    'uniform',
    'expert-00',
    'expert-',
    'expert-1a',
    'mix-group-000',
    'features',
  ])
    t.is(parseModelKey(name), undefined, name)
  t.throws(() => modelOf('features'), { instanceOf: RangeError })
})

test('experts and baselines are told apart', (t) => {
  t.is(expertOf('expert-3'), 3)
  t.is(expertOf('random-3'), undefined)
  t.deepEqual(['seed', 'dense', 'expert-0', 'random-0', 'full-0'].filter(isExpert), ['expert-0'])
  t.deepEqual(['seed', 'dense', 'expert-0', 'random-0', 'full-0'].filter(isBaseline), ['random-0', 'full-0'])
})

test('folders of experts are read as they are written, of any number', (t) => {
  for (const index of [0, 9, 10, 99, 100, 1234]) {
    t.is(expertOfFolder(expertFolder(index)), index)
    t.is(expertOfFolder(`${expertFolder(index)}/00000.tar`), index)
  }
  t.is(expertFolder(3), 'expert-03')
  for (const path of ['holdout/00000.tar', 'expert-0/00000.tar', 'part-00', 'expert-00x/a', 'a/expert-00/b'])
    t.is(expertOfFolder(path), undefined, path)
})
