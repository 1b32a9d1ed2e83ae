import { defineStage, type Partition } from '../define.js'
import { fineOf } from '../facts.js'
import { Assignments, Centres } from '../kinds.js'
import { bySplit, newest } from '../partition.js'
import { levelsFor } from './levels.js'
import { options } from './options.js'
import { tasks } from './tasks.js'

export const curate = defineStage({
  name: 'curate',
  version: 1,
  doc:
    'Samples rows evenly over a hierarchy of clusters, so that rare topics keep a larger ' +
    'share than frequent ones (automatic data curation).',
  takes: { assignments: { kind: Assignments }, centres: { kind: Centres } },
  makes: { assignments: { kind: Assignments } },
  rebuildable: true,
  options,
  tasks,
  runtime: ['onnxruntime'],
  reads_facts: ['fine'],
  partition: (context) => {
    const splits = bySplit('assignments')(context)
    const counted = splits.map(({ key, takes }): Partition<typeof tasks> => ({
      kind: 'count',
      key: key.replace('split', 'counted'),
      takes,
      internal: true,
    }))
    const tree: Partition<typeof tasks> = {
      kind: 'tree',
      key: 'tree',
      takes: { centres: newest(context.takes.centres) },
      after: counted.map(({ key }) => key),
      exclusive: true,
      internal: true,
    }
    return [
      ...counted,
      tree,
      ...splits.map((slice): Partition<typeof tasks> => ({ ...slice, kind: 'draw', after: [tree.key] })),
    ]
  },
  check: ({ levels }, facts) => {
    const fine = fineOf(facts, Infinity)
    const wrong = levels.find((count, at) => count >= (levels[at - 1] ?? fine))
    if (wrong === undefined) return []
    return [
      {
        option: 'levels',
        message: `a level of ${wrong} clusters is not smaller than the one below it`,
        hint: `for example [${levelsFor(fine === Infinity ? 1024 : fine, []).join(', ')}]`,
      },
    ]
  },
  estimate: ({ rows, partition: { kind } }) => ({
    seconds: kind === 'tree' ? 5 : 0.05 + rows / 1e6,
    bytes: kind === 'draw' ? rows * 12 : 8000,
    memory_bytes: 2e8 + rows * 40,
  }),
  load: () => import('./run.js'),
})
