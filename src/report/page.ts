import { html, Html } from './html.js'
import type { ReportModel } from './model.js'
import { clustersSection } from './sections/clusters.js'
import { driftSection } from './sections/drift.js'
import { expertsSection } from './sections/experts.js'
import { routingSection } from './sections/routing.js'
import { trainingSection } from './sections/training.js'
import { rowsSection } from './sections/rows.js'
import { scoresSection } from './sections/scores.js'
import { style } from './style.js'
import { count } from './words.js'

/**
 * One HTML file that asks nobody for anything: no script, no remote address. The same model gives the same
 * bytes.
 */
export function renderPage(model: ReportModel): string {
  const samples = model.pipeline.stages.find(({ makes }) => makes === 'samples')
  const shards = model.pipeline.stages.find(({ makes }) => makes === 'shards')
  const figures = [
    [samples ? count(samples.rows_in) : '–', 'pairs in the crawl'],
    [shards ? count(shards.rows_out) : '–', 'pairs written'],
    [model.clusters ? count(model.clusters.fine) : '–', 'fine clusters'],
    [model.clusters ? count(model.clusters.experts) : '–', 'experts'],
    [model.evaluation ? count(model.evaluation.tasks.length) : '–', 'evaluation sets'],
  ] as const
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<title>${model.title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${model.title}</h1>
<p class="soft">Image-caption pairs, clustered by their captions; one model for each cluster; routed by the
words of a task.</p>
<div class="figures">${figures.map(
    ([value, name]) => html`<div><b>${value}</b><span>${name}</span></div>`,
  )}</div>
${scoresSection(model)}
${routingSection(model)}
${expertsSection(model)}
${trainingSection(model)}
${clustersSection(model)}
${driftSection(model)}
${rowsSection(model)}
<footer>Made by Coterie. The figures of this page are in report.json beside it.</footer>
</main>
</body>
</html>
`
  return page.markup
}
