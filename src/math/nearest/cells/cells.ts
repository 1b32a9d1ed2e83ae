import { PipelineError } from '../../../core/error.js'
import type { ApproximateSearch } from '../approximate/gate.js'
import { fitKmeans } from '../../kmeans/fit.js'
import { memoryPoints, type Points } from '../../points.js'
import { distancesTo, type CentreSet, type Nearest } from '../exact.js'
import { nearestBias, none, openTopK, type TopK, type Table } from '../top-k.js'
import { labelPoints } from '../label.js'

export interface CellSearch extends ApproximateSearch {
  /** Total number of cells. */
  readonly cells: number
}

interface Cell {
  /** Numbers of the cell's centres, ascending. */
  readonly members: Uint32Array
  readonly table: Table
}

/**
 * Rows searched together: each cell then has hundreds of them, which makes its product as fast as a large
 * one.
 */
const blockRows = 16384

/**
 * Approximate search over tens of thousands of centres by an inverted file (Jégou et al. 2011, without
 * compression): the centres are clustered into about 2√count cells, and a row is compared with the centres of
 * its nearest cells only. Rows are gathered by cell, so everything is a matrix product. The result is the
 * same bytes on every machine on which a product is: the cells come from a seeded fit, and a row's result
 * depends on the row alone.
 */
export async function openCells(set: CentreSet, threads: number): Promise<CellSearch> {
  const cells = await makeCells(set, threads)
  const coarse: Table = {
    centres: cells.centres,
    count: cells.list.length,
    bias: nearestBias(cells.centres, cells.list.length, set.width),
  }
  const topK = await openTopK(set.width, threads)
  // Cells searched per row; with all of them the search is exact.
  let breadth = 1
  return {
    cells: cells.list.length,
    setBreadth: (value) => {
      breadth = Math.min(value, cells.list.length)
    },
    async nearest(vectors: Float32Array, rows: number): Promise<Nearest> {
      const index = new Uint32Array(rows)
      for (let start = 0; start < rows; start += blockRows) {
        const end = Math.min(rows, start + blockRows)
        const block = vectors.subarray(start * set.width, end * set.width)
        index.set(
          await searchBlock(block, end - start, {
            topK,
            coarse,
            cells: cells.list,
            breadth,
            width: set.width,
          }),
          start,
        )
      }
      return { index, distance: distancesTo(vectors, rows, set, index) }
    },
    close: () => topK.close(),
  }
}

async function makeCells(
  set: CentreSet,
  threads: number,
): Promise<{ readonly centres: Float32Array; readonly list: readonly Cell[] }> {
  const points = memoryPoints(set.centres, set.width)
  const wanted = Math.max(1, Math.round(2 * Math.sqrt(set.count)))
  const centres = await cellCentres(points, wanted, threads)
  const count = centres.length / set.width
  const { index } = await labelPoints(points, { centres, count, width: set.width }, threads)
  const members: number[][] = Array.from({ length: count }, () => [])
  index.forEach((cell, centre) => members[cell]!.push(centre))
  return { centres, list: members.map((numbers) => cellOf(set, Uint32Array.from(numbers))) }
}

/** One cell if the centres are mostly equal. */
async function cellCentres(points: Points, wanted: number, threads: number): Promise<Float32Array> {
  try {
    return (
      await fitKmeans(points, {
        clusters: wanted,
        seed: 'cells',
        epochs: 0,
        passes: 4,
        spherical: false,
        max_ratio: 2,
        threads,
      })
    ).centres
  } catch (error) {
    if (error instanceof PipelineError && error.code.startsWith('E_TOO_FEW'))
      return (await points.read(0, 1)).slice()
    throw error
  }
}

function cellOf({ centres, width }: CentreSet, members: Uint32Array): Cell {
  const own = new Float32Array(members.length * width)
  members.forEach((centre, at) => own.set(centres.subarray(centre * width, (centre + 1) * width), at * width))
  return {
    members,
    table: { centres: own, count: members.length, bias: nearestBias(own, members.length, width) },
  }
}

interface Lookup {
  readonly topK: TopK
  readonly coarse: Table
  readonly cells: readonly Cell[]
  readonly breadth: number
  readonly width: number
}

async function searchBlock(
  vectors: Float32Array,
  rows: number,
  { topK, coarse, cells, breadth, width }: Lookup,
): Promise<Uint32Array> {
  const { index: cellOfRow } = await topK.search(vectors, rows, coarse, breadth)
  const visitors = rowsByCell(cellOfRow, rows, breadth, cells.length)
  const best = new Uint32Array(rows).fill(none)
  const score = new Float32Array(rows).fill(-Infinity)
  for (let cell = 0; cell < cells.length; cell++) {
    const { members, table } = cells[cell]!
    const here = visitors[cell]!
    if (members.length === 0 || here.length === 0) continue
    const gathered = new Float32Array(here.length * width)
    for (let at = 0; at < here.length; at++)
      gathered.set(vectors.subarray(here[at]! * width, (here[at]! + 1) * width), at * width)
    const found = await topK.search(gathered, here.length, table)
    for (let at = 0; at < here.length; at++) {
      const [row, value, centre] = [here[at]!, found.score[at]!, members[found.index[at]!]!]
      if (value > score[row]! || (value === score[row]! && centre < best[row]!)) {
        score[row] = value
        best[row] = centre
      }
    }
  }
  return best
}

function rowsByCell(cellOfRow: Uint32Array, rows: number, breadth: number, cells: number): Uint32Array[] {
  const sizes = new Uint32Array(cells)
  for (const cell of cellOfRow) sizes[cell] = sizes[cell]! + 1
  const lists = Array.from(sizes, (size) => new Uint32Array(size))
  sizes.fill(0)
  for (let row = 0; row < rows; row++) {
    for (let at = row * breadth; at < (row + 1) * breadth; at++) {
      const cell = cellOfRow[at]!
      lists[cell]![sizes[cell]!++] = row
    }
  }
  return lists
}
