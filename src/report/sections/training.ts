import { isBaseline, modelOf } from '../../core/model-key.js'
import { html, type Html } from '../html.js'
import type { ReportModel, TrainedPart } from '../model.js'
import { count, modelName } from '../words.js'

/** The models, the size of their training data, and their figures on the validation split. */
export function trainingSection({ training }: ReportModel): Html {
  if (training.length === 0)
    return html`<h2 id="training">Training</h2><p class="soft">Nothing was trained in this run.</p>`
  return html`<h2 id="training">Training</h2>
<div class="scroll"><table><caption>Validation: training rows held out from fitting.
Shrinkage: how far an expert was shrunk towards the dense solution. Cosine: mean between predicted and
true text vectors. Reciprocal rank: mean over the validation rows. Full copies were trained on all data,
each with a different seed or resample; random parts on a random division of it.</caption>
<thead><tr><th scope="col">Model</th>${[
    'Rows',
    'Shrinkage',
    'Validation rows',
    'Cosine',
    'Reciprocal rank',
  ].map(
    (title) => html`<th scope="col" class="n">${title}</th>`,
  )}<th scope="col">Image model, SHA-256</th></tr></thead>
<tbody>${training.map(row)}</tbody></table></div>`
}

function row({ model, rows, shrinkage, validation, digest }: TrainedPart): Html {
  const baseline = isBaseline(model) ? modelOf(model) : undefined
  const name = baseline
    ? `${baseline.kind === 'random' ? 'Random part' : 'Full copy'} ${baseline.index}`
    : modelName(model)
  const cells = [
    count(rows),
    shrinkage === null ? '–' : String(shrinkage),
    validation ? count(validation.rows) : '–',
    validation ? validation.cosine.toFixed(3) : '–',
    validation ? validation.reciprocal_rank.toFixed(3) : '–',
  ]
  return html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}<td>${
    digest ? html`<code>${digest.slice(0, 16)}</code>` : '–'
  }</td></tr>`
}
