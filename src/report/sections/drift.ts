import { html, type Html } from '../html.js'
import type { DriftPart, ReportModel } from '../model.js'
import { count, percent } from '../words.js'

const advice: { readonly [advice in DriftPart['advice']]: string } = {
  keep: 'keep the clusters',
  add_expert: 'add an expert',
  cluster_again: 'cluster again',
}

/** How well later rows fit the clusters of the earlier ones; null if there are none. */
export function driftSection({ drift }: ReportModel): Html | null {
  if (!drift) return null
  const { rows, beyond, shift, by_expert, because } = drift
  return html`<h2 id="drift">Drift of later rows</h2>
<p><b>Recommendation: ${advice[drift.advice]}.</b></p>
<ul>${because.map((reason) => html`<li>${reason}</li>`)}</ul>
<p>The experts' shares of the rows moved by ${percent(shift)}\u2009%. A row is beyond the 99th percentile
if it is farther from its centre than 99\u2009% of the rows that the centres were fitted to.</p>
<div class="scroll"><table><thead><tr><th scope="col">Expert</th>${[
    'Later rows',
    'Share, %',
    'Share before, %',
    'Beyond 99th percentile, %',
    'Median distance',
    'Median distance before',
  ].map((title) => html`<th scope="col" class="n">${title}</th>`)}</tr></thead>
<tbody>${by_expert.map((expert, number) => row(`Expert ${number}`, expert))}${row('All experts', {
    rows,
    share: 1,
    share_before: 1,
    beyond,
    median: drift.median,
  })}</tbody></table></div>`
}

function row(
  name: string,
  { rows, share, share_before, beyond, median }: DriftPart['by_expert'][number],
): Html {
  const distance = (value: number | null) =>
    html`<td class="n">${value === null ? '–' : value.toFixed(3)}</td>`
  return html`<tr><th scope="row">${name}</th><td class="n">${count(rows)}</td>
<td class="n">${percent(share)}</td><td class="n">${percent(share_before)}</td>
<td class="n">${percent(beyond)}</td>${distance(median.now)}${distance(median.before)}</tr>`
}
