import type { HierarchicalNSW } from 'hnswlib-node'
import { PipelineError } from '../../../core/error.js'
import { importPackage, requirePackage } from '../../../core/optional-package.js'
import type { ApproximateSearch } from '../approximate/gate.js'
import { distancesTo, type CentreSet, type Nearest } from '../exact.js'

const links = 16
const buildBreadth = 200
const seed = 100

/**
 * Opens an approximate search over centres by hierarchical navigable small worlds (Malkov and Yashunin 2016).
 * The graph is reproducible: built on one thread, in index order, from a fixed seed. The compiled library may
 * still differ between machines. Throws `E_HNSW_MISSING`.
 */
export async function openHnsw(set: CentreSet): Promise<ApproximateSearch> {
  const index = await newIndex(set.width)
  index.initIndex(set.count, links, buildBreadth, seed)
  for (let j = 0; j < set.count; j++) index.addPoint(listOf(set.centres, j, set.width), j)
  return {
    setBreadth: (breadth) => index.setEf(breadth),
    async nearest(vectors: Float32Array, rows: number): Promise<Nearest> {
      const found = new Uint32Array(rows)
      for (let row = 0; row < rows; row++)
        found[row] = index.searchKnn(listOf(vectors, row, set.width), 1).neighbors[0]!
      return { index: found, distance: distancesTo(vectors, rows, set, found) }
    },
    async close() {},
  }
}

async function newIndex(width: number): Promise<HierarchicalNSW> {
  try {
    const installed = requirePackage('hnswlib-node', { purpose: '`search: hnsw`' })
    const library = await importPackage<typeof import('hnswlib-node')>(installed)
    return new library.HierarchicalNSW('l2', width)
  } catch (cause) {
    throw new PipelineError({
      code: 'E_HNSW_MISSING',
      message: '`search: hnsw` needs the optional package hnswlib-node, which cannot be loaded',
      failure: 'executor',
      found: cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause),
      hint:
        'run `npm install hnswlib-node` and `npm rebuild hnswlib-node` (it needs a C++ compiler), ' +
        'or set `search: cells`',
      cause,
    })
  }
}

/** The library accepts only plain arrays. */
function listOf(vectors: Float32Array, row: number, width: number): number[] {
  return Array.from(vectors.subarray(row * width, (row + 1) * width))
}
