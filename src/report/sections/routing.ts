import { maxOf } from '../../core/extremes.js'
import { ruleLabel } from '../../routing/names.js'
import { html, type Html } from '../html.js'
import type { ReportModel, RoutedTaskPart } from '../model.js'
import { colourOf } from '../style.js'
import { capitalised, percent } from '../words.js'

const directions = {
  classes: 'all class names together',
  corpus: 'image → text: the whole caption corpus',
  queries: 'text → image: each query separately, mean weights',
}

/**
 * How each evaluation task's texts choose among the experts: weights per rule, their evenness, and the texts
 * behind them.
 */
export function routingSection({ routing, experts }: ReportModel): Html {
  if (routing.length === 0)
    return html`<h2 id="routing">Routing</h2><p class="soft">No evaluation task was routed in this run.</p>`
  const numbers = Array.from(
    {
      length: maxOf(
        [experts.length, ...routing.flatMap((task) => task.rules.map((rule) => rule.weights.length))],
        0,
      ),
    },
    (_, i) => i,
  )
  return html`
<h2 id="routing">Routing</h2>
<p>The text of an evaluation task decides how much each expert contributes. Evenness is the normalised
entropy of the weights: 0 if one expert has all the weight, 1 if all have the same. Affinity is how close
the texts are to the clusters that the experts were trained on (1 at a centre).</p>
<div class="key">${numbers.map(
    (expert) => html`<span><i style="background:${colourOf(expert)}"></i>expert ${expert}</span>`,
  )}</div>
${routing.map(taskPart)}`
}

function taskPart({ task, direction, rules, classes, warnings }: RoutedTaskPart): Html {
  return html`<h3>${task} <span class="soft small">${directions[direction]}</span></h3>
<div class="scroll"><table><thead><tr><th scope="col">Rule</th><th scope="col">Weights</th>
<th scope="col" class="n">Evenness</th><th scope="col" class="n">Affinity</th></tr></thead><tbody>${rules.map(
    ({ rule, weights, entropy, mean_affinity }) =>
      html`<tr><th scope="row">${capitalised(ruleLabel(rule) ?? rule)}</th><td>${bar(weights)}</td>
<td class="n">${entropy.toFixed(2)}</td><td class="n">${mean_affinity.toFixed(2)}</td></tr>`,
  )}</tbody></table></div>
${
  warnings.length > 0
    ? html`<div class="warn"><b>These weights may not show which expert fits the texts:</b><ul>${warningLines(
        warnings,
      ).map((line) => html`<li>${line}</li>`)}</ul></div>`
    : null
}
${classes ? behind(classes) : null}`
}

function bar(weights: readonly number[]): Html {
  const text = weights.map((weight, expert) => `expert ${expert} ${percent(weight, 0)} %`).join(', ')
  return html`<div class="bar" role="img" aria-label="${text}" title="${text}">${weights.map(
    (weight, expert) =>
      html`<i style="width:${(weight * 100).toFixed(2)}%;background:${colourOf(expert)}"></i>`,
  )}</div>`
}

function behind(classes: NonNullable<RoutedTaskPart['classes']>): Html {
  const byExpert = new Map<number, (typeof classes)[number][]>()
  for (const each of classes) byExpert.set(each.expert, [...(byExpert.get(each.expert) ?? []), each])
  const rows = [...byExpert].sort(([a], [b]) => a - b)
  return html`<details><summary>Texts behind each weight</summary><div class="scroll"><table><thead><tr>
<th scope="col">Expert</th><th scope="col">Texts nearest to its clusters, with affinity</th></tr></thead>
<tbody>${rows.map(
    ([expert, members]) =>
      html`<tr><td>${expert}</td><td>${members
        .toSorted((a, b) => b.affinity - a.affinity || (a.name < b.name ? -1 : 1))
        .map(({ name, affinity }) => `${name} (${affinity.toFixed(2)})`)
        .join(', ')}</td></tr>`,
  )}</tbody></table></div></details>`
}

/** Several rules are often uniform together: combines them into one warning. */
function warningLines(warnings: RoutedTaskPart['warnings']): string[] {
  const named = (rule: string | null) => (rule === null ? '' : (ruleLabel(rule) ?? rule))
  const uniform = warnings.filter(({ code }) => code === 'uniform')
  const others = warnings
    .filter(({ code }) => code !== 'uniform')
    .map(({ rule, message }) => (rule ? `${named(rule)}: ${message}` : message))
  if (uniform.length < 2)
    return [...others, ...uniform.map(({ rule, message }) => `${named(rule)}: ${message}`)]
  const names = uniform.map(({ rule }) => named(rule))
  return [
    ...others,
    `${names.slice(0, -1).join(', ')} and ${names.at(-1)}: the weights are almost equal, ` +
      'so these rules average rather than route',
  ]
}
