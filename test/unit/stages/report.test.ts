import test from 'ava'
import { report } from '../../../src/stages/report/spec.js'
import type { ReportOptions } from '../../../src/stages/report/spec.js'
import { driftDocument, scoresDocument } from '../../fakes/documents.js'
import { fakeArtefact, fakeTask, runFake } from '../../fakes/task-context.js'

const options = { title: 'Data experts', pictures: 0 } as ReportOptions
const accounting = { rows_in: 3, expanded: 0, rows_out: 2, dropped: { caption_empty: 1 } }
const samples = { ...fakeArtefact('ingest', {}, 2), accounting }
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const scores = (value: object) => ({
  ...fakeArtefact('evaluate', { 'scores.json': json(value) }, 0),
  accounting,
})

test('a run that ends after ingest has a page and its data', async (t) => {
  const task = fakeTask({ options, takes: { samples: [samples] } })
  await runFake(report, task.context)
  const model = JSON.parse(new TextDecoder().decode(task.files.get('report.json')))
  t.deepEqual(model.scores, [])
  t.is(model.pipeline.stages[0].dropped.caption_empty, 1)
  t.true(new TextDecoder().decode(task.files.get('report.html')).startsWith('<!doctype html>'))
})

test('a member of the wrong type is refused with its path and value', async (t) => {
  const wrong = scores({
    ...scoresDocument,
    scores: [{ task: 'a', metric: 'top1', model: 'dense', value: '0.5' }],
  })
  const error = await t.throwsAsync(
    runFake(report, fakeTask({ options, takes: { samples: [samples], scores: [wrong] } }).context),
  )
  t.like(error, {
    code: 'E_REPORT_SOURCE',
    message: 'the document is invalid at $.scores[0].value',
    expected: 'a number',
    found: '"0.5"',
  })
})

test('scores that are not JSON are refused', async (t) => {
  const broken = {
    ...fakeArtefact('evaluate', { 'scores.json': new TextEncoder().encode('{"tasks"') }, 0),
    accounting,
  }
  const error = await t.throwsAsync(
    runFake(report, fakeTask({ options, takes: { scores: [broken] } }).context),
  )
  t.like(error, { code: 'E_REPORT_SOURCE', found: '{"tasks"' })
})

test('the page shows how later rows fit the clusters', async (t) => {
  const quantiles = (p50: number) => ({ ...driftDocument.distance.before, p50 })
  const expert = { rows: 50, share: 1, share_before: 0.5, beyond: 0.3, now: quantiles(0.7), before: null }
  const found = {
    advice: 'cluster_again',
    because: ['the rows <moved>'],
    rows: 50,
    beyond: 0.3,
    shift: 0.5,
    distance: { now: quantiles(0.7), before: quantiles(0.4) },
    by_expert: [expert],
    shards: [],
  }
  const drift = { ...fakeArtefact('drift', { 'drift.json': json(found) }, 50), accounting }
  const task = fakeTask({ options, takes: { samples: [samples], drift: [drift] } })
  await runFake(report, task.context)
  const model = JSON.parse(new TextDecoder().decode(task.files.get('report.json')))
  t.deepEqual(model.drift.median, { now: 0.7, before: 0.4 })
  t.deepEqual(model.drift.by_expert, [
    { rows: 50, share: 1, share_before: 0.5, beyond: 0.3, median: { now: 0.7, before: null } },
  ])
  const page = new TextDecoder().decode(task.files.get('report.html'))
  t.true(page.includes('Recommendation: cluster again.') && page.includes('the rows &#60;moved&#62;'))
})
