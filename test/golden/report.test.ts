import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { renderPage } from '../../src/report/page.js'
import { bareReportModel, reportModel } from '../fakes/report-model.js'

/** `COTERIE_UPDATE_GOLDEN=1` writes the page anew; look at it in a browser before committing it. */
const golden = new URL('report/page.html', import.meta.url)

test.serial('the page of a small run', (t) => {
  const page = renderPage(reportModel())
  if (process.env.COTERIE_UPDATE_GOLDEN) writeFileSync(golden, page)
  t.true(page === readFileSync(golden, 'utf8'), 'the page differs from test/golden/report/page.html')
})

test.serial('a second page in the same process has the same bytes', (t) => {
  const first = renderPage(reportModel())
  renderPage(bareReportModel())
  t.true(first === renderPage(reportModel()))
})

test.serial('the page says in a sentence what a run lacks', (t) => {
  const page = renderPage(bareReportModel())
  for (const sentence of [
    'This run has no evaluation',
    'No evaluation task was routed',
    'no clusters',
    'Nothing was trained',
    'did not cluster',
  ])
    t.true(page.includes(sentence), sentence)
  t.false(page.includes('undefined'))
  t.false(page.includes('NaN'))
})

test.serial('rows add up in words, and ids on the page are unique', (t) => {
  const page = renderPage(reportModel())
  t.true(
    page.includes('1\u2009000 in = 985 out + 7 (caption empty) + 3 (image missing) + 5 (image undecodable)'),
  )
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  t.is(new Set(ids).size, ids.length)
})
