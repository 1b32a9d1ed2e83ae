import type { ClustersPart } from '../model.js'
import type { Html } from '../html.js'
import { colourOf } from '../style.js'
import { chart } from './render.js'

type CentreMap = NonNullable<ClustersPart['map']>

const width = 960
const height = 460

/**
 * Fine centres on a plane, as large as their clusters and coloured by expert; the largest ones carry a word
 * where there is room.
 */
export async function centreMapChart(map: CentreMap, experts: number): Promise<Html> {
  const numbers = Array.from({ length: experts }, (_, expert) => expert)
  const labelled = labelsWithRoom(map.fine)
  const values = map.fine.map((point, i) => ({
    ...point,
    label: labelled.has(i) ? point.label : '',
    expert: String(point.expert),
  }))
  const colour = {
    field: 'expert',
    type: 'nominal',
    scale: { domain: numbers.map(String), range: numbers.map(colourOf) },
    legend: null,
  }
  const axis = { type: 'quantitative', axis: null }
  const place = {
    x: { field: 'x', ...axis, scale: { zero: false, padding: 40 } },
    y: { field: 'y', ...axis, scale: { zero: false, padding: 24 } },
  }
  return chart(
    {
      width,
      height,
      data: { values },
      layer: [
        {
          mark: { type: 'circle', opacity: 0.6 },
          encoding: {
            ...place,
            size: { field: 'rows', type: 'quantitative', scale: { range: [16, 520] }, legend: null },
            color: colour,
          },
        },
        {
          mark: { type: 'text', fontSize: 12.5, dy: -15, color: 'currentColor', limit: 160 },
          encoding: { ...place, text: { field: 'label' } },
        },
      ],
    },
    'Map of the fine clusters',
    'map',
  )
}

/** From the largest cluster down, a label where no other one stands and no word twice for one expert. */
function labelsWithRoom(fine: CentreMap['fine']): Set<number> {
  const spread = (of: (point: CentreMap['fine'][number]) => number): [number, number] => {
    const values = fine.map(of)
    const low = values.reduce((a, b) => Math.min(a, b), Infinity)
    return [low, Math.max(values.reduce((a, b) => Math.max(a, b), -Infinity) - low, 1e-9)]
  }
  const [left, wide] = spread(({ x }) => x)
  const [bottom, high] = spread(({ y }) => y)
  const chosen = new Map<number, { x: number; y: number; half: number; word: string }>()
  const order = [...fine.keys()].sort((a, b) => (fine[b]?.rows ?? 0) - (fine[a]?.rows ?? 0) || a - b)
  for (const index of order) {
    const point = fine[index]
    if (!point || point.label === '' || chosen.size >= 32) continue
    const box = {
      x: ((point.x - left) / wide) * (width - 80),
      y: ((point.y - bottom) / high) * (height - 48),
      half: point.label.length * 3.6 + 4,
      word: `${point.expert} ${point.label}`,
    }
    const taken = [...chosen.values()].some(
      (other) =>
        other.word === box.word ||
        (Math.abs(other.x - box.x) <= other.half + box.half && Math.abs(other.y - box.y) <= 17),
    )
    if (!taken) chosen.set(index, box)
  }
  return new Set(chosen.keys())
}
