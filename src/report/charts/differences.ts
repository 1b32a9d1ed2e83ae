import type { EvaluationPart } from '../model.js'
import type { Html } from '../html.js'
import { metricName, modelName } from '../words.js'
import { chart } from './render.js'

/** For every task the difference of each routed ensemble to dense, with its interval: left of zero is worse. */
export async function differencesChart(part: EvaluationPart): Promise<Html> {
  const values = part.differences
    .filter(({ model }) => !model.startsWith('expert-') && !model.startsWith('probe:'))
    .map((row) => ({
      row: modelName(row.model),
      task: `${row.task}, ${metricName(row.metric)}`,
      value: row.value * 100,
      low: row.low * 100,
      high: row.high * 100,
      side: row.low > 0 ? 'better' : row.high < 0 ? 'worse' : 'same',
    }))
  const colour = { field: 'side', type: 'nominal', scale: { domain: ['better', 'same', 'worse'], range: ['#009e73', '#8a93a0', '#d55e00'] }, legend: null }
  const y = { field: 'row', type: 'nominal', title: null, sort: null, axis: { labelLimit: 0, domain: false, ticks: false } }
  const title = 'percentage points against dense'
  return chart(
    {
      data: { values },
      facet: { field: 'task', type: 'nominal', title: null, sort: null, columns: 2 },
      columns: 2,
      resolve: { scale: { x: 'independent' } },
      spec: {
        width: 270,
        height: { step: 19 },
        layer: [
          { mark: { type: 'rule', color: 'currentColor', opacity: 0.5 }, encoding: { x: { datum: 0 } } },
          { mark: { type: 'rule', strokeWidth: 2 }, encoding: { y, x: { field: 'low', type: 'quantitative', title }, x2: { field: 'high' }, color: colour } },
          { mark: { type: 'point', filled: true, size: 48, opacity: 1 }, encoding: { y, x: { field: 'value', type: 'quantitative' }, color: colour } },
        ],
      },
    },
    'Differences to dense',
  )
}
