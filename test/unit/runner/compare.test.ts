import test from 'ava'
import type { Json } from '../../../src/core/json.js'
import type { Lock } from '../../../src/planner/lock.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'
import { compareLocks, compareRuns, renderComparison } from '../../../src/runner/lock/compare.js'

function lockOf(
  manifest: string,
  stages: {
    readonly [node: string]: {
      readonly pinned: { readonly [name: string]: Json }
      readonly root: string
      readonly rows_out: number
    }
  },
): Lock {
  const none = { count: 0, digest: '', list: [] }
  return {
    lock: 1,
    manifest,
    inputs: { ...none, bytes: 0 },
    stages: Object.entries(stages).map(([node, { pinned, root, rows_out }]) => ({
      node,
      stage: node,
      fingerprint: root,
      pinned,
      root,
      rows_in: rows_out,
      rows_out,
      dropped: {},
      files: 1,
      bytes: 1,
      tasks: none,
    })),
  }
}

const embed = {
  pinned: { 'option embed.encoder': { model: 'builtin', precision: 'float32' } },
  root: 'same',
  rows_out: 100,
}
const mode = lockOf('mode', {
  embed,
  assign: { pinned: { 'option assign.by': 'nearest', 'fact experts': 4 }, root: 'a', rows_out: 100 },
  train: { pinned: { 'option train.seed': 29 }, root: 'b', rows_out: 5 },
})
const random = lockOf('random-n', {
  embed,
  assign: { pinned: { 'option assign.by': 'random', 'fact experts': 4 }, root: 'c', rows_out: 98 },
})
const score = (model: string, value: number) => ({
  task: 'emoji',
  metric: 'top1',
  model,
  value,
  low: value,
  high: value,
})
const comparison = compareLocks(
  [mode, random],
  [{ scores: [score('dense', 0.25), score('published', 0.5)] }, { scores: [score('dense', 0.25)] }],
  [],
)

test('differing options are named with both values, equal ones are left out', (t) => {
  t.deepEqual(comparison.runs, ['mode', 'random-n'])
  t.deepEqual(comparison.differences, [
    { name: 'option assign.by', values: ['nearest', 'random'] },
    { name: 'option train.seed', values: [29, null] },
  ])
})

test('groups of options are compared member by member', (t) => {
  const half = lockOf('half', {
    embed: { ...embed, pinned: { 'option embed.encoder': { model: 'builtin', precision: 'float16' } } },
  })
  t.deepEqual(compareLocks([lockOf('whole', { embed }), half], [undefined, undefined], []).differences, [
    { name: 'option embed.encoder.precision', values: ['float32', 'float16'] },
  ])
})

test('options are called as they are spelled today, whatever the name in the lock', (t) => {
  const locked = (ridge: number, siglip: boolean) =>
    lockOf('run', {
      train: {
        pinned: { 'option train.ridge': ridge, 'option train.open_clip': { siglip } },
        root: 'r',
        rows_out: 1,
      },
      theirs: { pinned: { 'option theirs.ridge': ridge }, root: 'r', rows_out: 1 },
    })
  const { differences } = compareLocks(
    [locked(0.1, true), locked(0.2, false)],
    [undefined, undefined],
    [builtinStages, builtinStages],
  )
  t.deepEqual(
    differences.map(({ name }) => name),
    ['option train.adapter.ridge', 'option train.open_clip.arguments.siglip', 'option theirs.ridge'],
  )
})

test('stages show rows and whether their bytes are equal; a stage of one run only has no match', (t) => {
  t.deepEqual(comparison.stages, [
    { stage: 'embed', rows_out: [100, 100], same_bytes: true },
    { stage: 'assign', rows_out: [100, 98], same_bytes: false },
    { stage: 'train', rows_out: [5, null], same_bytes: false },
  ])
})

test('scores are shown side by side, with a gap where a run has none', (t) => {
  t.deepEqual(
    comparison.scores.map(({ model, values }) => [model, values]),
    [
      ['dense', [0.25, 0.25]],
      ['published', [0.5, null]],
    ],
  )
  const lines = renderComparison(comparison).split('\n')
  t.regex(
    lines.find((line) => line.startsWith('emoji top1 published'))!,
    /50\.0\s+-$/,
  )
  t.regex(
    lines.find((line) => line.startsWith('embed rows'))!,
    /\(same bytes\)\s+100\s+100/,
  )
})

test('a single run is refused', async (t) => {
  await t.throwsAsync(compareRuns(['one.yaml'], {}), { code: 'E_USAGE' })
})
