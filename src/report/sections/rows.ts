import { html, type Html } from '../html.js'
import type { ReportModel, StagePart } from '../model.js'
import { count, reasonName, size } from '../words.js'

/** Where every row went, and what the results were made from. */
export function rowsSection({ pipeline }: ReportModel): Html {
  return html`<h2 id="rows">Every row accounted for</h2>
<p>${count(pipeline.inputs.shards)} input shards, ${size(pipeline.inputs.bytes)}${pipeline.encoder ? `; captions were embedded with ${pipeline.encoder}` : ''}. A task whose rows do not add up is refused.</p>
<div class="scroll"><table><thead><tr><th scope="col">Stage</th><th scope="col" class="n">Tasks</th><th scope="col" class="n">Rows in</th><th scope="col" class="n">Rows out</th><th scope="col">Dropped, by reason</th><th scope="col">Fingerprint</th></tr></thead>
<tbody>${pipeline.stages.map(row)}</tbody></table></div>`
}

function row({ stage, tasks, rows_in, expanded, rows_out, dropped, fingerprint }: StagePart): Html {
  const reasons = Object.entries(dropped).map(([reason, rows]) => `${count(rows)} ${reasonName(reason)}`)
  if (expanded > 0) reasons.unshift(`+ ${count(expanded)} further captions`)
  return html`<tr><td>${stage}</td><td class="n">${count(tasks)}</td><td class="n">${count(rows_in)}</td><td class="n">${count(rows_out)}</td><td>${reasons.join(', ')}</td><td><code>${fingerprint.slice(0, 16)}</code></td></tr>`
}
