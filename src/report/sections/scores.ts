import { isExpert } from '../../core/model-key.js'
import { maxOf } from '../../core/extremes.js'
import { metricLabel } from '../../metrics/labels.js'
import { mainRecalls } from '../../metrics/retrieval.js'
import { ensembleOrder, isEnsemble } from '../../routing/names.js'
import { differenceCharts } from '../charts/differences.js'
import { html, type Html } from '../html.js'
import type { EvaluationPart, ReportModel, ReportScore } from '../model.js'
import { counted, modelName, noun, percent } from '../words.js'

const groups: readonly { readonly title: string; readonly has: (model: string) => boolean }[] = [
  { title: 'Baseline', has: (model) => model === 'dense' },
  { title: 'Single experts', has: (model) => isExpert(model) || model === 'best-single' },
  {
    title: 'Ensembles of the experts',
    has: isEnsemble,
  },
  { title: 'Ensembles without clustering', has: (model) => /^(random|full)-/.test(model) },
  { title: 'Not a fair comparison: selected on the test set', has: (model) => model === 'oracle' },
]

/**
 * The table of the paper: a row per model, a column per evaluation task, 95 % intervals, and chance
 * baselines.
 */
export function scoresSection({ evaluation, scores }: ReportModel): Html {
  if (!evaluation)
    return html`<h2 id="scores">Scores</h2><p class="soft">This run has no evaluation: nothing was trained, or
the manifest has no evaluation sets.</p>`
  const columns = columnsOf(scores, evaluation.tasks)
  const models = [...new Set(scores.map(({ model }) => model))]
  const probes = scores.filter(
    ({ model, metric }) => model.startsWith('probe:') || metric.startsWith('probe'),
  )
  return html`
<h2 id="scores">Do the experts beat one dense model?</h2>
${verdictPart(evaluation)}
<figure><div class="charts">${differenceCharts(evaluation)}</div><figcaption>Each ensemble compared with one
dense model on the same data. The line is the 95 % interval of the paired difference; grey: no significant
difference.</figcaption></figure>
<div class="scroll"><table>
<caption>Scores in percent with 95 % bootstrap intervals. Bold: the best model in each column,
excluding any selected on the test set.</caption>
<thead><tr><th scope="col">Model</th>${columns.map(
    ({ task, metric }) =>
      html`<th scope="col" class="n">${task}<br><span class="soft">${metricLabel(metric)}</span></th>`,
  )}</tr></thead>
<tbody>${groups.map((group) => groupRows(group, models, columns, scores))}
<tr class="group"><td colspan="${columns.length + 1}">Chance baselines</td></tr>
<tr><th scope="row">Uniform guess</th>${columns.map(
    ({ task, metric }) => html`<td class="n soft">${guess(evaluation.tasks, task, metric, 'chance')}</td>`,
  )}</tr>
<tr><th scope="row">Most frequent class</th>${columns.map(
    ({ task, metric }) => html`<td class="n soft">${guess(evaluation.tasks, task, metric, 'majority')}</td>`,
  )}</tr>
</tbody></table></div>
<p class="soft small">${evaluation.tasks
    .map(
      (task) =>
        `${task.name}: ${counted(task.rows, 'held-out row')}, ` +
        (task.type === 'retrieval'
          ? counted(task.classes, 'caption')
          : counted(task.classes, 'class', 'classes')),
    )
    .join(' · ')}${
    evaluation.best_single
      ? ` · best single expert, chosen on validation: ${modelName(evaluation.best_single)}`
      : ''
  }</p>
${probes.length > 0 ? probeTable(probes) : null}
${evaluation.notes.map((note) => html`<p class="soft small">${note}</p>`)}`
}

/** Several rules would need many sentences: shows a table instead. */
function verdictPart({ verdict, by_rule }: EvaluationPart): Html {
  const rules = Object.entries(by_rule).sort(
    ([a], [b]) => ensembleOrder(a) - ensembleOrder(b) || (a < b ? -1 : 1),
  )
  const routed = rules.filter(([rule]) => rule !== 'uniform')
  if (routed.length < 2)
    return html`<div class="verdict">${sentences(verdict).map((sentence) => html`<p>${sentence}</p>`)}</div>`
  const total = maxOf(
    routed.map(([, { wins, losses, ties }]) => wins.length + losses.length + ties.length),
    0,
  )
  const won = maxOf(
    routed.map(([, { wins }]) => wins.length),
    0,
  )
  const ahead = routed
    .filter(([, { wins }]) => wins.length === won)
    .map(([rule]) => modelName(rule).replace(/^R/, 'r'))
  const lead =
    won === 0
      ? `No routing rule beats one dense model on any of ${total} ${noun(total, 'evaluation task')}.`
      : `At best, routing beats one dense model on ${won} of ${total} ` +
        `${noun(total, 'evaluation task')} (${ahead.join('; ')}).`
  const names = (tasks: readonly string[]) =>
    tasks.length === 0 ? html`<span class="soft">none</span>` : tasks.join(', ')
  return html`<div class="verdict"><p>${lead}</p></div>
<div class="scroll"><table class="top"><caption>Ensembles compared with the dense model, by evaluation task.
A difference counts only if its 95 % interval excludes zero.</caption>
<thead><tr><th scope="col">Ensemble</th><th scope="col">Better</th><th scope="col">Worse</th>
<th scope="col">No significant difference</th></tr></thead>
<tbody>${rules.map(
    ([rule, { wins, losses, ties }]) =>
      html`<tr><th scope="row">${modelName(rule)}</th><td class="win">${names(wins)}</td>
<td class="loss">${names(losses)}</td><td class="soft">${names(ties)}</td></tr>`,
  )}</tbody></table></div>`
}

interface Column {
  readonly task: string
  readonly metric: string
}

function columnsOf(
  scores: readonly ReportScore[],
  tasks: readonly { readonly name: string; readonly type: string; readonly main_metric: string }[],
): Column[] {
  return tasks.flatMap(({ name, type, main_metric }) => {
    const metrics = new Set(scores.filter(({ task }) => task === name).map(({ metric }) => metric))
    if (type !== 'retrieval') return [{ task: name, metric: main_metric }]
    return mainRecalls.filter((metric) => metrics.has(metric)).map((metric) => ({ task: name, metric }))
  })
}

function groupRows(
  group: (typeof groups)[number],
  models: readonly string[],
  columns: readonly Column[],
  scores: readonly ReportScore[],
): Html | null {
  const own = models.filter((model) => group.has(model))
  if (own.length === 0) return null
  return html`<tr class="group"><td colspan="${columns.length + 1}">${group.title}</td></tr>${own.map(
    (model) =>
      html`<tr><th scope="row">${modelName(model)}</th>${columns.map((column) =>
        cell(model, column, scores),
      )}</tr>`,
  )}`
}

function cell(model: string, { task, metric }: Column, scores: readonly ReportScore[]): Html {
  const column = scores.filter(
    (score) => score.task === task && score.metric === metric && !score.model.startsWith('probe:'),
  )
  const score = column.find((candidate) => candidate.model === model)
  if (!score) return html`<td class="n soft">–</td>`
  const best = maxOf(
    column.filter((candidate) => candidate.model !== 'oracle').map(({ value }) => value),
    -Infinity,
  )
  return html`<td class="n${
    score.value === best && model !== 'oracle' ? ' best' : ''
  }">${percent(score.value)}<span class="ci">${percent(score.low)}–${percent(score.high)}</span></td>`
}

function guess(
  tasks: NonNullable<ReportModel['evaluation']>['tasks'],
  name: string,
  metric: string,
  what: 'chance' | 'majority',
): string {
  const task = tasks.find((candidate) => candidate.name === name)
  const value = task?.[what]
  if (!task || value === null || value === undefined) return '–'
  return task.type === 'retrieval' || metric === task.main_metric ? percent(value) : '–'
}

function probeTable(probes: readonly ReportScore[]): Html {
  return html`<details><summary>Linear probe on concatenated features</summary><div class="scroll"><table>
<thead><tr><th scope="col">Features</th><th scope="col">Evaluation task</th>
<th scope="col" class="n">Top-1</th></tr></thead><tbody>${probes.map(
    ({ model, task, value, low, high }) =>
      html`<tr><td>${modelName(model)}</td><td>${task}</td>
<td class="n">${percent(value)}<span class="ci">${percent(low)}–${percent(high)}</span></td></tr>`,
  )}</tbody></table></div></details>`
}

function sentences(text: string): string[] {
  return text.split(/(?<=\.) (?=[A-Z])/)
}
