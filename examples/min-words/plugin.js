// A stage between `assign` and `write` that leaves out short captions.
import {
  Assignments,
  bySplit,
  definePlugin,
  defineStage,
  int,
  readAssignments,
  readSamples,
  Samples,
  writeAssignments,
} from 'coterie/stage'

const minWords = defineStage({
  name: 'min-words',
  // Raise this whenever the same options and inputs would produce other bytes.
  version: 1,
  doc: 'Leaves out captions with fewer than `words` words.',
  takes: { samples: { kind: Samples }, assignments: { kind: Assignments } },
  makes: { assignments: { kind: Assignments } },
  options: { words: int({ min: 1, default: 2, doc: 'Minimum number of words in a caption.' }) },
  // One task per split of the input; each takes the upstream tasks of the same split.
  partition: bySplit('samples', 'assignments'),
  estimate: ({ rows }) => ({ seconds: 0.1 + rows / 1e6, bytes: rows * 12, memory_bytes: 2e8 + rows * 200 }),
  load: async () => ({ run }),
})

async function run({ takes, options, account, out, signal }) {
  const [samples, rows] = await Promise.all([
    readSamples(takes.samples[0]),
    readAssignments(takes.assignments[0]),
  ])
  signal.throwIfAborted()
  // A row with a reason stays in the table; `write` drops and counts it under that reason.
  const reason = rows.reason.map(
    (found, row) => found ?? (wordsIn(samples.caption[row]) < options.words ? 'too_few_words' : null),
  )
  account.rowsIn(rows.length)
  account.rowsOut(rows.length)
  await writeAssignments(out, { ...rows, reason })
}

function wordsIn(caption) {
  return caption.split(/\s+/).filter((word) => word !== '').length
}

export default definePlugin({ name: 'example', stages: [minWords] })
