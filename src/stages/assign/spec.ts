import type { Json } from '../../core/json.js'
import { defineStage, type Split } from '../define.js'
import { factsAt, fineOf, generationsOf } from '../facts.js'
import { Assignments, Centres, Vectors } from '../kinds.js'
import { bySplit, generationOf, newest } from '../partition.js'
import { options } from './options.js'
import { searchFor } from './search.js'
import { tasks } from './tasks.js'

export const assign = defineStage({
  name: 'assign',
  version: 2,
  doc: 'Assigns every sample to its nearest fine centre, and so to an expert.',
  takes: { vectors: { kind: Vectors }, centres: { kind: Centres } },
  makes: { assignments: { kind: Assignments } },
  rebuildable: true,
  options,
  tasks,
  runtime: ['onnxruntime'],
  reads_facts: [],
  idle: ({ search, by }, { params }) => [
    ...(resolvedSearch(search, params) === 'exact' ? ['min_recall'] : []),
    ...(by === 'nearest' ? ['seed'] : []),
  ],
  partition: (context) => {
    const { search, min_recall } = context.options
    return bySplit('vectors')(context).map((partition) => {
      const split = partition.splits![0]!
      const generation = generationOf(split)
      const factsThen = factsAt(context.facts, generation)
      const centres = generationsOf(context.facts)[generation]?.centres
      return {
        ...partition,
        takes: {
          ...partition.takes,
          centres: centres === undefined ? newest(context.takes.centres) : [centres],
        },
        facts: factsThen,
        // Resolved here so that the plan shows it and nothing at run time can change it.
        ...(search === 'auto'
          ? {
              params: {
                search: searchFor({
                  centres: fineOf(factsThen ?? context.facts),
                  rows: rowsOf(split),
                  min_recall,
                }),
              },
            }
          : {}),
      }
    })
  },
  estimate: ({ rows, facts }) => {
    const fine = fineOf(facts, 1024)
    const width = 384
    return {
      seconds: 0.02 + (rows * fine * width * 2) / 7e10,
      bytes: rows * 12,
      memory_bytes: 3e8 + fine * width * 8,
    }
  },
  load: () => import('./run.js'),
})

/** The search of a task: its parameter, where the option leaves the choice to the plan. */
function resolvedSearch(option: string, params: Json | undefined): Json | undefined {
  return params !== null && typeof params === 'object' && 'search' in params ? params.search : option
}

function rowsOf({ row_start, row_end, shard }: Split): number | undefined {
  const end = row_end ?? shard.rows
  return end === undefined ? undefined : end - row_start
}
