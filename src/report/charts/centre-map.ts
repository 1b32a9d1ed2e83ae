import { scaleLinear } from 'd3-scale'
import { maxOf, minOf } from '../../core/extremes.js'
import type { ClustersPart } from '../model.js'
import type { Html } from '../html.js'
import { colourOf } from '../style.js'
import { drawing, element } from './svg.js'

type CentreMap = NonNullable<ClustersPart['map']>

const width = 960
const height = 460
/** Margin for points and their labels. */
const edge = { x: 40, y: 24 }
const maxLetters = 26

/**
 * Fine centres in a plane, sized by their clusters and coloured by expert; the largest ones are labelled if
 * there is room.
 */
export function centreMapChart(map: CentreMap): Html {
  const labelled = labelsWithRoom(map.fine)
  const x = scaleLinear([edge.x, width - edge.x]).domain(extent(map.fine.map((point) => point.x)))
  const y = scaleLinear([height - edge.y, edge.y]).domain(extent(map.fine.map((point) => point.y)))
  const area = scaleLinear([16, 520]).domain([
    0,
    maxOf(
      map.fine.map(({ rows }) => rows),
      1,
    ),
  ])
  const points = map.fine.map((point) =>
    element('circle', {
      cx: x(point.x),
      cy: y(point.y),
      r: Math.sqrt(area(point.rows) / Math.PI),
      fill: colourOf(point.expert),
      'fill-opacity': 0.6,
    }),
  )
  const words = map.fine.flatMap((point, i) =>
    labelled.has(i)
      ? [
          element(
            'text',
            { x: x(point.x), y: y(point.y) - 11, 'text-anchor': 'middle' },
            shortened(point.label),
          ),
        ]
      : [],
  )
  return drawing({ width, height, label: 'Map of the fine clusters' }, [
    ...points,
    element('g', { 'font-size': 12.5 }, ...words),
  ])
}

function shortened(label: string): string {
  const letters = [...label]
  return letters.length > maxLetters ? `${letters.slice(0, maxLetters - 1).join('')}…` : label
}

/** Minimum and maximum, kept apart so that a single point has a position. */
function extent(values: readonly number[]): [number, number] {
  const low = minOf(values, Infinity)
  return [low, Math.max(maxOf(values, -Infinity), low + 1e-9)]
}

/** Labels clusters from the largest down, without overlaps and without repeating a word for an expert. */
function labelsWithRoom(fine: CentreMap['fine']): Set<number> {
  const [left, wide] = spread(fine.map(({ x }) => x))
  const [bottom, high] = spread(fine.map(({ y }) => y))
  const chosen = new Map<number, { x: number; y: number; half: number; word: string }>()
  const order = [...fine.keys()].sort((a, b) => (fine[b]?.rows ?? 0) - (fine[a]?.rows ?? 0) || a - b)
  for (const index of order) {
    const point = fine[index]
    if (!point || point.label === '' || chosen.size >= 32) continue
    const box = {
      x: ((point.x - left) / wide) * (width - 2 * edge.x),
      y: ((point.y - bottom) / high) * (height - 2 * edge.y),
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

function spread(values: readonly number[]): [number, number] {
  const [low, high] = extent(values)
  return [low, high - low]
}
