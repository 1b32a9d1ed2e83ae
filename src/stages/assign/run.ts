import { readCentres, type Centres } from '../../artefacts/centres.js'
import { PipelineError } from '../../core/error.js'
import { Random, rowKey, unitOfRow } from '../../core/random.js'
import { openNpy, type NpyFile } from '../../io/npy.js'
import { readFileOf } from '../../io/read-whole.js'
import { encodeAssignments } from '../../io/tables/assignments.js'
import { decodeInvalid } from '../../io/tables/invalid.js'
import { openGatedCells } from '../../math/nearest/cells/gate.js'
import { openGatedHnsw } from '../../math/nearest/hnsw/gate.js'
import { openExact, type NearestSearch } from '../../math/nearest/exact.js'
import { openGatedFilter } from '../../math/nearest/filtered.js'
import type { Artefact } from '../define.js'
import { blocksOf } from './blocks.js'
import type { Context } from './tasks.js'

const blockRows = 16384
/** Number of rows on which the recall of a search is measured. */
const maxProbes = 4096

export async function run(context: Context): Promise<void> {
  const { account, out, options, takes } = context
  const centres = await readCentres(only(takes.centres, 'centres'))
  const artefact = only(takes.vectors, 'vectors')
  const npy = await openNpy(await artefact.open('vectors.npy'))
  const [rows = 0, width = 0] = npy.shape
  if (width !== centres.fine.width) {
    throw new PipelineError({
      code: 'E_VECTOR_WIDTH',
      message: 'centres and vectors have different widths',
      place: `${artefact.stage}/${artefact.key}/vectors.npy`,
      expected: `${centres.fine.width} (the centres)`,
      found: String(width),
      hint:
        'centres belong to the encoder that made their vectors: fit them again, ' +
        'or embed with that encoder',
    })
  }
  const reason = await readReasons(artefact, rows)
  const fine = new Uint32Array(rows)
  const expert = new Uint16Array(rows)
  const distance = new Float32Array(rows)
  const search = await openSearch(centres, npy, rows, context)
  try {
    for await (const { start, end, vectors } of blocksOf(npy, blockRows)) {
      context.signal.throwIfAborted()
      const found = await search.nearest(vectors, end - start)
      fine.set(found.index, start)
      distance.set(found.distance, start)
      context.progress(end, rows)
    }
  } finally {
    await search.close()
  }
  const drawn = options.by === 'random' ? randomExperts(context, centres.coarse.count) : undefined
  for (let row = 0; row < rows; row++) expert[row] = drawn ? drawn(row) : centres.fine_to_expert[fine[row]!]!

  account.rowsIn(rows)
  account.rowsOut(rows)
  await out.put(
    'assignments.arrow',
    encodeAssignments({ length: rows, fine, expert, distance, reason }),
    rows,
  )
  context.note('invalid', reason.filter((text) => text !== null).length)
}

function only(artefacts: readonly Artefact[] | undefined, port: string): Artefact {
  const artefact = artefacts?.[0]
  if (!artefact) {
    throw new PipelineError({
      code: 'E_ARTEFACT_MISSING',
      message: `assign has no input ${port}`,
      hint: 'wire the port in the pipeline file',
    })
  }
  return artefact
}

async function openSearch(
  { fine }: Centres,
  npy: NpyFile,
  rows: number,
  context: Context,
): Promise<NearestSearch> {
  const { options, params, threads, splits } = context
  const search = params?.search ?? options.search
  if (search === 'auto')
    throw new PipelineError({ code: 'E_PLAN', message: 'the plan does not name a search' })
  context.note('search', search)
  if (search === 'exact') return openExact(fine, threads)
  const probe = await probeRows(npy, rows, splits[0]?.id ?? '')
  const gate = { set: fine, probe, min_recall: options.min_recall, threads }
  const { search: passed, recall, breadth } = await gates[search](gate)
  context.note('recall', recall)
  context.note('breadth', breadth)
  return passed
}

const gates = { int8: openGatedFilter, cells: openGatedCells, hnsw: openGatedHnsw }

/** Consecutive rows from a seeded position; the recall of this task is measured on them. */
async function probeRows(npy: NpyFile, rows: number, split: string) {
  const count = Math.min(rows, maxProbes)
  const start = new Random('probe', split).below(rows - count + 1)
  return { vectors: await npy.readRows(start, start + count), rows: count }
}

async function readReasons(artefact: Artefact, rows: number): Promise<(string | null)[]> {
  const invalid = decodeInvalid(await readFileOf(artefact, 'invalid.arrow'))
  const reason = new Array<string | null>(rows).fill(null)
  for (let i = 0; i < invalid.length; i++) reason[invalid.index[i]!] = invalid.reason[i]!
  return reason
}

/** Hashes (seed, shard, row of the split), so that neither order nor grouping matters. */
function randomExperts({ options, splits }: Context, experts: number): (row: number) => number {
  const split = splits[0]
  const key = rowKey(options.seed, 'random-expert', split?.shard.id ?? '')
  const first = split?.row_start ?? 0
  return (row) => Math.floor(unitOfRow(key, first + row) * experts)
}
