import { append } from '../../../core/extremes.js'
import type { Partition, PartitionContext, Slice } from '../../define.js'
import { bySplit } from '../../partition.js'
import type { Options } from '../options.js'
import type { Tasks } from '../tasks.js'

const pad3 = (part: number) => String(part).padStart(3, '0')

/**
 * The fit as a chain of array tasks: `survey` determines the rows of the sample, `head` tasks collect the
 * rows for seeding, `start` seeds, and then `pass` tasks sum up each pass and a `step` takes it; `label`
 * tasks count rows per centre, and `whole` assembles the result.
 */
export function partitionFit(context: PartitionContext<Options>, wanted: number): Partition<Tasks>[] {
  const { splits, options } = context
  const each = bySplit('vectors', 'samples')(context)
  const parts = Math.max(1, Math.min(wanted, splits.length))
  const takes = Array.from({ length: parts }, (_, part) => {
    const own = each.slice(
      Math.floor((part * each.length) / parts),
      Math.floor(((part + 1) * each.length) / parts),
    )
    return { splits: own.flatMap((one) => one.splits ?? []), takes: portsOf(own) }
  })
  const internal = (
    kind: keyof Tasks,
    key: string,
    after: readonly string[],
    of: Partial<Slice> = {},
  ): Partition<Tasks> => ({ kind, key, after, internal: true, ...of })
  const mapped = (kind: keyof Tasks, name: string, after: readonly string[]) =>
    takes.map((part, at) => internal(kind, `${name}-${pad3(at)}`, after, part))
  const keys = (tasks: readonly Partition<Tasks>[]) => tasks.map(({ key }) => key)

  const heads = mapped('head', 'head', ['survey'])
  const tasks = [
    internal('survey', 'survey', [], { splits, takes: portsOf(each) }),
    ...heads,
    internal('start', 'start', keys(heads), { exclusive: true }),
  ]
  let last = 'start'
  for (let pass = 1; pass <= options.passes; pass++) {
    const sums = mapped('pass', `pass-${pad3(pass)}`, ['survey', last])
    append(tasks, sums)
    tasks.push(internal('step', `step-${pad3(pass)}`, [last, ...keys(heads), ...keys(sums)]))
    last = `step-${pad3(pass)}`
  }
  const labels = mapped('label', 'label', ['survey', last])
  return [
    ...tasks,
    ...labels,
    {
      kind: 'join',
      key: 'whole',
      splits,
      after: ['survey', last, ...keys(heads), ...keys(labels)],
      exclusive: true,
    },
  ]
}

function portsOf(each: readonly Slice[]): { readonly [port: string]: readonly string[] } {
  return Object.fromEntries(
    ['vectors', 'samples'].map((port) => [port, each.flatMap(({ takes }) => takes?.[port] ?? [])]),
  )
}
