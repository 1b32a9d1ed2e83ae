import { defineStage, type Partition } from '../define.js'
import { fineOf } from '../facts.js'
import { Assignments, Centres } from '../kinds.js'
import { bySplit, newest } from '../partition.js'
import { levelsFor } from './levels.js'
import { options } from './options.js'

export const curate = defineStage({
  name: 'curate',
  version: 1,
  doc: 'Draws rows evenly over a hierarchy of clusters, so that rare topics keep more of theirs than frequent ones (automatic data curation).',
  takes: { assignments: { kind: Assignments }, centres: { kind: Centres } },
  makes: { assignments: { kind: Assignments } },
  options,
  runtime: ['onnxruntime'],
  partition: (context) => {
    const splits = bySplit('assignments')(context)
    const counted = splits.map(({ key, takes }): Partition => ({
      key: key.replace('split', 'counted'),
      takes,
      inner: true,
    }))
    const tree: Partition = {
      key: 'tree',
      takes: { centres: newest(context.takes.centres) },
      after: counted.map(({ key }) => key),
      cores: 'all',
      inner: true,
    }
    return [...counted, tree, ...splits.map((partition) => ({ ...partition, after: ['tree'] }))]
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
  estimate: ({ rows, partition: { key } }) => ({
    seconds: key === 'tree' ? 5 : 0.05 + rows / 1e6,
    bytes: key.startsWith('split') ? rows * 12 : 8000,
    memory_bytes: 2e8 + rows * 40,
  }),
  load: () => import('./run.js'),
})
