import type { ScaleLinear } from 'd3-scale'
import type { Html } from '../html.js'
import { element } from './svg.js'

/** A horizontal axis at `y` with its ticks, their numbers, grid lines up to `top`, and a title below. */
export function horizontalAxis(
  scale: ScaleLinear<number, number>,
  {
    y,
    top,
    ticks,
    title,
  }: { readonly y: number; readonly top: number; readonly ticks: number; readonly title: string },
): Html {
  const [left = 0, right = 0] = scale.range()
  const shown = scale.tickFormat(ticks)
  const line = { stroke: 'currentColor' }
  return element(
    'g',
    {},
    ...scale.ticks(ticks).flatMap((value) => {
      const x = scale(value)
      return [
        element('path', { ...line, d: `M${x.toFixed(2)} ${top}V${y}`, 'stroke-opacity': 0.12 }),
        element('path', { ...line, d: `M${x.toFixed(2)} ${y}v5`, 'stroke-opacity': 0.3 }),
        element('text', { x, y: y + 17, 'text-anchor': 'middle' }, shown(value)),
      ]
    }),
    element('path', { ...line, d: `M${left} ${y}H${right}`, 'stroke-opacity': 0.3 }),
    element('text', { x: (left + right) / 2, y: y + 33, 'text-anchor': 'middle' }, title),
  )
}
