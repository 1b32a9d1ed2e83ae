import { defineStage } from '../define.js'
import { generationsOf } from '../facts.js'
import { Assignments, Centres, Drift } from '../kinds.js'
import { generationOf } from '../partition.js'
import { options } from './options.js'

export const drift = defineStage({
  name: 'drift',
  version: 1,
  doc: 'Measures how well later shards fit the clusters, and advises when to cluster again.',
  takes: { assignments: { kind: Assignments }, centres: { kind: Centres } },
  makes: { drift: { kind: Drift } },
  options,
  reads_facts: [],
  partition: ({ splits, takes, facts }) => {
    const generations = generationsOf(facts)
    const latest = generations.length - 1
    const later = generations.length === 0 ? splits : splits.filter((split) => generationOf(split) === latest)
    const ids = new Set(later.map(({ id }) => id))
    const before = generations[latest - 1]?.centres
    const centres = (takes.centres ?? [])
      .map(({ key }) => key)
      .filter((key) => before === undefined || key === before)
    return [
      {
        key: 'later',
        splits: later,
        takes: {
          assignments: (takes.assignments ?? [])
            .filter((task) => task.splits.some(({ id }) => ids.has(id)))
            .map(({ key }) => key),
          centres: centres.slice(-1),
        },
      },
    ]
  },
  estimate: ({ rows }) => ({ seconds: 0.1 + rows / 2e6, bytes: 20000, memory_bytes: 3e8 }),
  load: () => import('./run.js'),
})
