import { isExpert } from '../../core/model-key.js'
import { scaleLinear } from 'd3-scale'
import { maxOf, minOf } from '../../core/extremes.js'
import { metricLabel } from '../../metrics/labels.js'
import { ruleLabel } from '../../routing/names.js'
import type { EvaluationPart } from '../model.js'
import { html, type Html } from '../html.js'
import { capitalised, modelName } from '../words.js'
import { horizontalAxis } from './axis.js'
import { drawing, element } from './svg.js'

/** One chart per task: the difference of each ensemble to dense, with its interval. Left of zero is worse. */
export function differenceCharts({ differences }: EvaluationPart): Html[] {
  const shown = differences.filter(({ model }) => !isExpert(model) && !/^(oracle|probe:.*)$/.test(model))
  const titleOf = ({ task, metric }: { readonly task: string; readonly metric: string }) =>
    `${task}, ${metricLabel(metric)}`
  return [...new Set(shown.map(titleOf))].map((title) => {
    const rows = shown
      .filter((row) => titleOf(row) === title)
      .map(({ model, value, low, high }) => ({
        name: shortName(model),
        value: value * 100,
        low: low * 100,
        high: high * 100,
      }))
    return html`<div><h4>${title}</h4>${intervals(title, rows)}</div>`
  })
}

interface Row {
  readonly name: string
  /** Percentage points. */
  readonly value: number
  readonly low: number
  readonly high: number
}

const left = 138
const right = 328
const rowHeight = 19

/** A line for the interval and a point for the difference, row by row, in the given order. */
function intervals(title: string, rows: readonly Row[]): Html {
  const bottom = rowHeight * rows.length + 4
  const scale = scaleLinear([left, right])
    .domain([
      minOf(
        rows.map(({ low }) => low),
        0,
      ),
      maxOf(
        rows.map(({ high }) => high),
        0,
      ),
    ])
    .nice()
  const zero = scale(0).toFixed(2)
  const marks = rows.flatMap(({ name, value, low, high }, index) => {
    const y = rowHeight * (index + 0.5) + 2
    const colour = low > 0 ? colours.better : high < 0 ? colours.worse : colours.same
    return [
      element('text', { x: left - 10, y: y + 4, 'text-anchor': 'end' }, name),
      element('path', {
        d: `M${scale(low).toFixed(2)} ${y}H${scale(high).toFixed(2)}`,
        stroke: colour,
        'stroke-width': 2,
      }),
      element('circle', { cx: scale(value), cy: y, r: 3.9, fill: colour }),
    ]
  })
  return drawing({ width: right + 12, height: bottom + 38, label: `Differences to dense: ${title}` }, [
    horizontalAxis(scale, { y: bottom, top: 2, ticks: 5, title: 'percentage points vs. dense' }),
    element('path', { d: `M${zero} 2V${bottom}`, stroke: 'currentColor', 'stroke-opacity': 0.5 }),
    ...marks,
  ])
}

const colours = { better: '#009e73', same: '#8a93a0', worse: '#d55e00' }

const shortNames: { readonly [model: string]: string } = {
  'best-single': 'Best single',
  uniform: 'Equal weights',
  'random-n': 'Random parts',
  'full-n': 'Full copies',
}

/** Labels have 128 pixels. */
function shortName(model: string): string {
  const [base = '', plus] = model.split('+')
  const rule = ruleLabel(base)
  const name = shortNames[base] ?? (rule ? capitalised(rule) : modelName(base))
  return `${name}${plus ? ' + dense' : ''}`
}
