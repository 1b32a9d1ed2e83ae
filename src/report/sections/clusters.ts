import { centreMapChart } from '../charts/centre-map.js'
import { html, type Html } from '../html.js'
import type { BalancePart, ReportModel } from '../model.js'
import { count, counted } from '../words.js'

/** Quality and balance of the clustering. */
export function clustersSection({ clusters }: ReportModel): Html {
  if (!clusters)
    return html`<h2 id="clusters">Clusters</h2><p class="soft">This run did not cluster its captions.</p>`
  const { fine, experts, sampled, inertia, bound, fine_balance, expert_balance, silhouette, stability, map } =
    clusters
  return html`<h2 id="clusters">Clusters</h2>
<p>${counted(sampled, 'caption vector')} in ${counted(fine, 'fine cluster')} and
${counted(experts, 'expert')}; mean
squared distance to the nearest centre ${inertia.toFixed(4)}.
${
  stability
    ? 'Refitting with a different seed gives an adjusted Rand index of ' +
      `${stability.experts.toFixed(2)} for experts and ${stability.fine.toFixed(2)} for fine clusters ` +
      '(1 identical, 0 chance).'
    : null
}
${
  silhouette
    ? `Silhouette: ${silhouette.experts.toFixed(2)} for experts, ` +
      `${silhouette.fine.toFixed(2)} for fine clusters.`
    : null
}</p>
${
  map
    ? html`<figure class="map">${centreMapChart(map)}<figcaption>Fine clusters on the first two principal axes
of their centres, coloured by expert and sized by population. Two axes capture only a small part of
the variance.</figcaption></figure>`
    : null
}
<div class="scroll"><table><thead><tr><th scope="col">Captions in a cluster</th>${[
    'Smallest',
    'Median',
    'Largest',
    'Largest / mean',
    'Gini',
    'Empty',
  ].map((title) => html`<th scope="col" class="n">${title}</th>`)}</tr></thead>
<tbody>${balanceRow('Fine clusters', fine_balance)}${balanceRow('Experts', expert_balance)}</tbody></table>
</div>
<p class="soft small">${
    bound === null
      ? 'Sizes were not bounded.'
      : `The fit bounds the largest cluster at ${bound} times the mean; ` +
        'the sizes shown count each caption at its nearest centre, ' +
        'so the largest can slightly exceed the bound.'
  }</p>`
}

function balanceRow(name: string, { min, median, max, max_over_mean, gini, empty }: BalancePart): Html {
  return html`<tr><th scope="row">${name}</th><td class="n">${count(min)}</td>
<td class="n">${count(median)}</td><td class="n">${count(max)}</td>
<td class="n">${max_over_mean.toFixed(2)}</td><td class="n">${gini.toFixed(2)}</td>
<td class="n">${count(empty)}</td></tr>`
}
