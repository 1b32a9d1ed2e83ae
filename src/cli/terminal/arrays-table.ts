import type { ArraysView } from '../../submission/arrays-view.js'
import { count, duration, money, table } from './output.js'

/** The table of job arrays that `plan --profile` prints below the stages. */
export function arraysTable({
  arrays,
  shortest_seconds,
  cpu_hours,
  gpu_hours,
  price,
  currency,
  impossible,
}: ArraysView): string {
  const rows = table(
    [
      { title: 'array' },
      { title: 'tasks', align: 'right' },
      { title: 'elements', align: 'right' },
      { title: 'cores', align: 'right' },
      { title: 'memory', align: 'right' },
      { title: 'GPUs', align: 'right' },
      { title: 'machines', align: 'right' },
      { title: 'time each', align: 'right' },
      { title: 'limit', align: 'right' },
      { title: 'price', align: 'right' },
    ],
    arrays.map((array) => [
      array.stage,
      count(array.tasks),
      count(array.elements),
      String(array.cpus),
      `${(array.memory_bytes / 1e9).toFixed(1)} GB`,
      String(array.gpus),
      String(array.nodes),
      duration(array.element_seconds),
      duration(array.seconds),
      money(array.price, currency),
    ]),
  )
  const hours = (value: number) => (value < 10 ? value.toFixed(1) : count(value))
  const sums = [
    `${hours(cpu_hours)} core-hours`,
    ...(gpu_hours > 0 ? [`${hours(gpu_hours)} GPU-hours`] : []),
    ...(price === null ? [] : [money(price, currency)]),
  ]
  const lines = [
    rows,
    '',
    `About ${sums.join(', ')}; ${duration(shortest_seconds)} if no element waits in the queue.`,
  ]
  for (const { stage, reason } of impossible) lines.push(`cannot run here: ${stage} ${reason}`)
  return lines.join('\n')
}
