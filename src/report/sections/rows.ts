import { html, type Html } from '../html.js'
import type { ReportModel, StagePart } from '../model.js'
import { count, counted, noun, reasonName, size } from '../words.js'

/** Where every row went, and the inputs of the results. */
export function rowsSection({ pipeline, holdout }: ReportModel): Html {
  return html`<h2 id="rows">Every row accounted for</h2>
<p>${counted(pipeline.inputs.shards, 'input shard')}, ${size(pipeline.inputs.bytes)}${
    pipeline.encoder
      ? `; captions were embedded with ${pipeline.encoder}` +
        (pipeline.encoder_about ? ` (${pipeline.encoder_about})` : '')
      : ''
  }. A pipeline task whose
rows do not add up fails.</p>
${balanceLine(pipeline.stages)}${
    holdout
      ? html`<p>Of the pairs written, ${count(holdout.rows)} ${noun(holdout.rows, 'is', 'are')} held out for
evaluation (${counted(holdout.shards, 'shard')}, ${size(holdout.bytes)}).</p>`
      : null
  }
<div class="scroll"><table><thead><tr><th scope="col">Stage</th><th scope="col" class="n">Pipeline tasks</th>
<th scope="col" class="n">Rows in</th><th scope="col" class="n">Rows out</th><th scope="col">Dropped, by
reason</th><th scope="col">Fingerprint</th></tr></thead>
<tbody>${pipeline.stages.map(row)}</tbody></table></div>`
}

/**
 * Only stages that make samples and shards may drop a pair; together they cover the way from the crawl to the
 * training sets.
 */
function balanceLine(stages: readonly StagePart[]): Html | null {
  const through = stages.filter(({ makes }) => makes === 'samples' || makes === 'shards')
  const first = through[0]
  const last = through.at(-1)
  if (!first || !last || (first !== last && first.rows_out !== last.rows_in)) return null
  const more = through.reduce((sum, { expanded }) => sum + expanded, 0)
  const dropped = through.flatMap((part) => Object.entries(part.dropped))
  const left = `${count(first.rows_in)} in${more > 0 ? ` + ${counted(more, 'additional caption')}` : ''}`
  const right = [
    `${count(last.rows_out)} out`,
    ...dropped.map(([reason, rows]) => `${count(rows)} (${reasonName(reason)})`),
  ]
  return html`<p class="balance">${left} = ${right.join(' + ')}</p>`
}

function row({ stage, tasks, rows_in, expanded, rows_out, dropped, fingerprint }: StagePart): Html {
  const reasons = Object.entries(dropped).map(([reason, rows]) => `${count(rows)} (${reasonName(reason)})`)
  if (expanded > 0) reasons.unshift(`+ ${counted(expanded, 'additional caption')}`)
  return html`<tr><th scope="row">${stage}</th><td class="n">${count(tasks)}</td>
<td class="n">${count(rows_in)}</td><td class="n">${count(rows_out)}</td><td>${reasons.join(', ')}</td><td>
<code>${fingerprint.slice(0, 16)}</code></td></tr>`
}
