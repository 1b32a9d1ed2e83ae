import type { ClustersPart } from '../model.js'
import type { Html } from '../html.js'
import { colourOf } from '../style.js'
import { chart } from './render.js'

/** Fine centres on a plane, as large as their clusters and coloured by expert; the largest ones carry their first word. */
export async function centreMapChart(map: NonNullable<ClustersPart['map']>, experts: number): Promise<Html> {
  const numbers = Array.from({ length: experts }, (_, expert) => expert)
  const labelled = new Set([...map.fine.keys()].sort((a, b) => (map.fine[b]?.rows ?? 0) - (map.fine[a]?.rows ?? 0)).slice(0, 24))
  const values = map.fine.map((point, i) => ({ ...point, label: labelled.has(i) ? point.label : '', expert: String(point.expert) }))
  const colour = { field: 'expert', type: 'nominal', scale: { domain: numbers.map(String), range: numbers.map(colourOf) }, legend: null }
  const place = { x: { field: 'x', type: 'quantitative', axis: null, scale: { zero: false, padding: 30 } }, y: { field: 'y', type: 'quantitative', axis: null, scale: { zero: false, padding: 20 } } }
  return chart(
    {
      width: 960,
      height: 460,
      data: { values },
      layer: [
        { mark: { type: 'circle', opacity: 0.55 }, encoding: { ...place, size: { field: 'rows', type: 'quantitative', scale: { range: [12, 700] }, legend: null }, color: colour } },
        { mark: { type: 'text', fontSize: 11.5, dy: -1, color: 'currentColor' }, encoding: { ...place, text: { field: 'label' } } },
      ],
    },
    'Map of the fine clusters',
  )
}
