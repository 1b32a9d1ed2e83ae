import { openGemm, type Gemm } from '../gemm/gemm.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { basisOf, leading, type Basis } from './basis.js'
import { boundsModel } from './bounds-model.js'
import { openHighest, type Highest, type HighestOf, type Table } from './highest.js'

/**
 * The same answers as `openHighest`, sooner where centres differ mostly in few directions, as those of real captions do: a product with the leading
 * directions gives upper bounds, the best few are scored in full, and a row is settled once no bound left is above its best score. Rows that are not settled
 * by then are scored against all. Until `learn` has found such directions, everything is.
 */
export interface Pruned extends Highest {
  /** Looks for directions that pay for these centres, judged on some of the vectors; a function of both alone. */
  learn(table: Table, probe: Float32Array, rows: number): Promise<void>
  /** Directions in use; 0 while every centre is compared in full. */
  readonly rank: number
}

const batchRows = 2048
const tileColumns = 2048
const fewestRows = 16
/** Bounds looked at before a row is scored in full. */
const candidates = 8
/** Bounds and scores are float32 sums of a few hundred products: differences below this decide nothing. */
const slack = 4e-6
const fewestCentres = 256
const mostProbes = 1024
/** Speed of scoring single pairs in JavaScript against that of a matrix product. */
const scalarCost = 50

export async function openPruned(width: number, threads: number): Promise<Pruned> {
  const full = await openHighest(width, threads)
  const gemm = openGemm(threads)
  let filter: Filter | undefined
  return {
    get rank() {
      return filter?.basis.rank ?? 0
    },
    async learn(table, probe, rows) {
      await filter?.session.close()
      filter = undefined
      const basis = await chooseBasis(table, width, probe, Math.min(rows, mostProbes), gemm)
      if (basis) filter = { basis, session: await openSession(boundsModel(basis), { threads, reuse_memory: true }) }
    },
    async of(vectors, rows, table, depth = 1) {
      if (!filter || table.count < fewestCentres || depth > 2) return full.of(vectors, rows, table, depth)
      filter.table = filter.source === table ? filter.table : await project(table, filter.basis, width, gemm)
      filter.source = table
      const found = await settle(filter, filter.table!, vectors, rows, width, table, depth)
      await settleRest(full, vectors, width, table, depth, found)
      return found.best
    },
    async close() {
      await filter?.session.close()
      await full.close()
      await gemm.close()
    },
  }
}

interface Filter {
  readonly basis: Basis
  readonly session: Session
  source?: Table | undefined
  table?: Table | undefined
}

/** Centres as the bounds see them: projection and length of the rest. */
async function project(table: Table, { axes, rank, mean }: Basis, width: number, gemm: Gemm): Promise<Table> {
  const { count } = table
  const centred = new Float32Array(count * width)
  for (let at = 0; at < centred.length; at += width) for (let t = 0; t < width; t++) centred[at + t] = table.centres[at + t]! - mean[t]!
  const projected = await gemm.multiply(centred, axes, { m: count, k: width, n: rank })
  const centres = new Float32Array(count * (rank + 1))
  for (let j = 0; j < count; j++) {
    let rest = 0
    for (let t = j * width; t < (j + 1) * width; t++) rest += centred[t]! * centred[t]!
    for (let r = 0; r < rank; r++) {
      const value = projected[j * rank + r]!
      rest -= value * value
      centres[j * (rank + 1) + r] = value
    }
    centres[j * (rank + 1) + rank] = Math.sqrt(Math.max(rest, 0) + 1e-6)
  }
  return { centres, count, bias: table.bias }
}

interface Settled {
  readonly best: HighestOf
  readonly open: number[]
}

async function settle(filter: Filter, bounds: Table, vectors: Float32Array, rows: number, width: number, table: Table, depth: number): Promise<Settled> {
  const best = { index: new Uint32Array(rows * depth), score: new Float32Array(rows * depth) }
  const open: number[] = []
  const offsets = new Float64Array(1)
  for (let start = 0; start < rows; start += batchRows) {
    const count = Math.min(batchRows, rows - start)
    const upper = await bestBounds(filter, bounds, batch(vectors, start, count, width), Math.max(count, fewestRows), width)
    for (let row = 0; row < count; row++) {
      const at = (start + row) * width
      offsets[0] = dot(vectors, at, filter.basis.mean, 0, width)
      if (!settleRow(upper, row, offsets[0], vectors, at, width, table, depth, best, start + row)) open.push(start + row)
    }
  }
  return { best, open }
}

interface Bounds {
  readonly index: Uint32Array
  readonly value: Float32Array
}

/** The `candidates` highest bounds of each row, highest first. */
async function bestBounds({ session, basis }: Filter, table: Table, x: Float32Array, rows: number, width: number): Promise<Bounds> {
  const columns = basis.rank + 1
  let best: Bounds | undefined
  for (let first = 0; first < table.count; first += tileColumns) {
    const count = Math.min(tileColumns, table.count - first)
    const { i, v } = await session.run({
      x: { type: 'float32', data: x, dims: [rows, width] },
      c: { type: 'float32', data: table.centres.subarray(first * columns, (first + count) * columns), dims: [count, columns] },
      b: { type: 'float32', data: table.bias.subarray(first, first + count), dims: [count] },
      n: { type: 'int64', data: BigInt64Array.of(BigInt(candidates)), dims: [1] },
    })
    const wide = i!.data as BigInt64Array
    const low = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2)
    const found = { index: new Uint32Array(rows * candidates), value: v!.data as Float32Array }
    for (let at = 0; at < found.index.length; at++) found.index[at] = first + low[2 * at]!
    best = best ? mergeBounds(best, found, rows) : found
  }
  return best!
}

function mergeBounds(a: Bounds, b: Bounds, rows: number): Bounds {
  const index = new Uint32Array(rows * candidates)
  const value = new Float32Array(rows * candidates)
  for (let row = 0; row < rows; row++) {
    let i = row * candidates
    let j = i
    for (let at = i; at < (row + 1) * candidates; at++) {
      const left = a.value[i]! >= b.value[j]!
      index[at] = left ? a.index[i]! : b.index[j]!
      value[at] = left ? a.value[i++]! : b.value[j++]!
    }
  }
  return { index, value }
}

/** Scores candidates in full until no bound is above what was found; false where they run out before. */
function settleRow(
  upper: Bounds,
  row: number,
  offset: number,
  vectors: Float32Array,
  at: number,
  width: number,
  table: Table,
  depth: number,
  best: HighestOf,
  into: number,
): boolean {
  let first = -Infinity
  let second = -Infinity
  let firstIndex = 0
  let secondIndex = 0
  for (let rank = 0; rank < candidates; rank++) {
    const bound = upper.value[row * candidates + rank]! + offset + slack
    if (bound < (depth === 1 ? first : second)) {
      best.index[into * depth] = firstIndex
      best.score[into * depth] = first
      if (depth === 2) {
        best.index[into * 2 + 1] = secondIndex
        best.score[into * 2 + 1] = second
      }
      return true
    }
    const candidate = upper.index[row * candidates + rank]!
    const score = Math.fround(dot(vectors, at, table.centres, candidate * width, width) + table.bias[candidate]!)
    if (score > first || (score === first && candidate < firstIndex)) {
      second = first
      secondIndex = firstIndex
      first = score
      firstIndex = candidate
    } else if (score > second || (score === second && candidate < secondIndex)) {
      second = score
      secondIndex = candidate
    }
  }
  return false
}

async function settleRest(full: Highest, vectors: Float32Array, width: number, table: Table, depth: number, { best, open }: Settled): Promise<void> {
  if (open.length === 0) return
  const gathered = new Float32Array(open.length * width)
  open.forEach((row, at) => gathered.set(vectors.subarray(row * width, (row + 1) * width), at * width))
  const found = await full.of(gathered, open.length, table, depth)
  open.forEach((row, at) => {
    for (let rank = 0; rank < depth; rank++) {
      best.index[row * depth + rank] = found.index[at * depth + rank]!
      best.score[row * depth + rank] = found.score[at * depth + rank]!
    }
  })
}

/** Tries numbers of directions and takes the cheapest by operation count, undefined where comparing in full is cheaper. */
async function chooseBasis(table: Table, width: number, probe: Float32Array, rows: number, gemm: Gemm): Promise<Basis | undefined> {
  if (table.count < fewestCentres || rows < fewestRows) return undefined
  // One less than a multiple of 16: the length of the rest fills the last column.
  const ranks = [63, 95, 127, 159, 191, 255].filter((rank) => rank <= 0.67 * width)
  if (ranks.length === 0) return undefined
  const widest = await basisOf({ ...table, width }, ranks.at(-1)!, gemm)
  const exact = await gemm.multiply(probe.subarray(0, rows * width), table.centres, { m: rows, k: width, n: table.count, transpose_b: true })
  let cheapest = width * table.count
  let chosen: Basis | undefined
  for (const rank of ranks) {
    const basis = leading(widest, rank)
    const { passing, unsettled } = await tryBasis(table, basis, width, probe, rows, exact, gemm)
    const cost = width * rank + (rank + 1) * table.count + passing * width * scalarCost + unsettled * width * table.count
    if (cost < cheapest) {
      cheapest = cost
      chosen = basis
    }
  }
  return chosen
}

/** Mean number of candidates scored in full, and share of rows that stay open. */
async function tryBasis(table: Table, basis: Basis, width: number, probe: Float32Array, rows: number, exact: Float32Array, gemm: Gemm) {
  const { count } = table
  const { rank } = basis
  const bounds = await project(table, basis, width, gemm)
  const y = await gemm.multiply(probe.subarray(0, rows * width), basis.axes, { m: rows, k: width, n: rank })
  const z = new Float32Array(rows * (rank + 1))
  for (let row = 0; row < rows; row++) {
    let rest = 1
    for (let r = 0; r < rank; r++) rest -= y[row * rank + r]! ** 2
    z.set(y.subarray(row * rank, (row + 1) * rank), row * (rank + 1))
    z[row * (rank + 1) + rank] = Math.sqrt(Math.max(rest, 0) + 1e-6)
  }
  const upper = await gemm.multiply(z, bounds.centres, { m: rows, k: rank + 1, n: count, transpose_b: true })
  let passing = 0
  let unsettled = 0
  for (let row = 0; row < rows; row++) {
    const offset = dot(probe, row * width, basis.mean, 0, width)
    let best = -Infinity
    for (let j = 0; j < count; j++) best = Math.max(best, exact[row * count + j]! + table.bias[j]!)
    let above = 0
    for (let j = 0; j < count; j++) if (upper[row * count + j]! + table.bias[j]! + offset >= best) above++
    passing += Math.min(above, candidates)
    if (above >= candidates) unsettled++
  }
  return { passing: passing / rows, unsettled: unsettled / rows }
}

function batch(vectors: Float32Array, start: number, count: number, width: number): Float32Array {
  const view = vectors.subarray(start * width, (start + count) * width)
  if (count >= fewestRows) return view
  const filled = new Float32Array(fewestRows * width)
  filled.set(view)
  return filled
}

/** Four partial sums, so that additions do not wait for each other. */
function dot(a: Float32Array, at: number, b: Float32Array, other: number, width: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let t = 0
  for (; t + 3 < width; t += 4) {
    s0 += a[at + t]! * b[other + t]!
    s1 += a[at + t + 1]! * b[other + t + 1]!
    s2 += a[at + t + 2]! * b[other + t + 2]!
    s3 += a[at + t + 3]! * b[other + t + 3]!
  }
  for (; t < width; t++) s0 += a[at + t]! * b[other + t]!
  return s0 + s1 + (s2 + s3)
}
