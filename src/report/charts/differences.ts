import { ruleLabel } from '../../routing/names.js'
import type { EvaluationPart } from '../model.js'
import { html, type Html } from '../html.js'
import { capitalised, metricName, modelName } from '../words.js'
import { chart } from './render.js'

/** One chart a task: the difference of each ensemble to dense, with its interval. Left of zero is worse. */
export async function differenceCharts({ differences }: EvaluationPart): Promise<Html[]> {
  const shown = differences.filter(({ model }) => !/^(expert-\d+|oracle|probe:.*)$/.test(model))
  const titleOf = ({ task, metric }: { readonly task: string; readonly metric: string }) =>
    `${task}, ${metricName(metric)}`
  const charts: Html[] = []
  for (const [index, title] of [...new Set(shown.map(titleOf))].entries()) {
    const values = shown
      .filter((row) => titleOf(row) === title)
      .map(({ model, value, low, high }) => ({
        row: shortName(model),
        value: value * 100,
        low: low * 100,
        high: high * 100,
        side: low > 0 ? 'better' : high < 0 ? 'worse' : 'same',
      }))
    charts.push(html`<div><h4>${title}</h4>${await one(title, values, index)}</div>`)
  }
  return charts
}

async function one(title: string, values: readonly object[], index: number): Promise<Html> {
  const colour = {
    field: 'side',
    type: 'nominal',
    scale: { domain: ['better', 'same', 'worse'], range: ['#009e73', '#8a93a0', '#d55e00'] },
    legend: null,
  }
  const y = {
    field: 'row',
    type: 'nominal',
    title: null,
    sort: null,
    axis: { minExtent: 124, maxExtent: 124, labelLimit: 0, labelPadding: 10, ticks: false, domain: false },
  }
  const x = { type: 'quantitative', title: 'percentage points against dense', axis: { tickCount: 5 } }
  return chart(
    {
      data: { values },
      width: 190,
      height: { step: 19 },
      padding: 2,
      layer: [
        { mark: { type: 'rule', color: 'currentColor', opacity: 0.5 }, encoding: { x: { datum: 0 } } },
        {
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color: colour },
        },
        {
          mark: { type: 'point', filled: true, size: 48, opacity: 1 },
          encoding: { y, x: { ...x, field: 'value' }, color: colour },
        },
      ],
    },
    `Differences to dense: ${title}`,
    `difference-${index}`,
  )
}

const shortNames: { readonly [model: string]: string } = {
  'best-single': 'Best single',
  uniform: 'Equal weights',
  'random-n': 'Random parts',
  'full-n': 'Full copies',
}

/** The axis has 114 pixels for it. */
function shortName(model: string): string {
  const [base = '', plus] = model.split('+')
  const rule = ruleLabel(base)
  const name = shortNames[base] ?? (rule ? capitalised(rule) : modelName(base))
  return `${name}${plus ? ' + dense' : ''}`
}
