import { html, type Html } from '../html.js'
import type { ExpertCard, ReportModel } from '../model.js'
import { colourOf } from '../style.js'
import { count, counted, size } from '../words.js'

/** One card per expert: its words, captions and pictures. */
export function expertsSection({ experts }: ReportModel): Html {
  if (experts.length === 0)
    return html`<h2 id="experts">Experts and their topics</h2><p class="soft">This run has no clusters, so
there are no experts to show.</p>`
  return html`<h2 id="experts">Experts and their topics</h2>
<p>Words are those most typical of an expert’s captions compared with all others. Typical captions are
nearest to the expert’s centre, atypical captions farthest from it.</p>
<div class="cards">${experts.map(card)}</div>`
}

function card({ expert, own, ooc, shards, bytes, words, central, marginal, pictures }: ExpertCard): Html {
  return html`<section class="card" style="--expert:${colourOf(expert)}">
<h3>Expert ${expert}</h3>
<div class="soft small">${counted(own, 'pair')} from its own clusters, ${count(ooc)} from others${
    shards > 0 ? `, ${counted(shards, 'shard')}, ${size(bytes)}` : ''
  }</div>
<div class="words">${words
    .slice(0, 12)
    .map(
      ({ word, lift }) =>
        html`<span title="${lift.toFixed(1)} times as frequent as elsewhere">${word}</span> `,
    )}</div>
${
  pictures.length > 0
    ? html`<div class="pictures">${pictures.map(
        ({ src, caption }) => html`<img src="${src}" alt="${caption}" title="${caption}">`,
      )}</div>`
    : null
}
<div class="soft small">Typical captions</div><ul>${central
    .slice(0, 4)
    .map((caption) => html`<li>${caption}</li>`)}</ul>
<details><summary>Atypical captions</summary><ul>${marginal
    .slice(0, 4)
    .map((caption) => html`<li>${caption}</li>`)}</ul></details>
</section>`
}
