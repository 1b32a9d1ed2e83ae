import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openGatedHnsw } from '../src/math/hnsw/gate.js'
import { fitKmeans } from '../src/math/kmeans/fit.js'
import { memoryPoints } from '../src/math/kmeans/points.js'
import { openExact, type CentreSet, type NearestSearch } from '../src/math/nearest/exact.js'
import type { Bench, BenchContext, Comparison } from './bench.js'
import { interleaved, runPeer, seconds } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import { captionVectors, syntheticVectors, type VectorFile } from './support/vectors.js'

const requirements = 'nearest.txt'
const script = inRepository('bench/peers/nearest.py')
const threads = availableParallelism()

/** Rows a second to the nearest centre. */
export const bench: Bench = {
  name: 'nearest',
  doc: 'the nearest of 1,024 centres by comparing with all of them, and of 65,536 also by graph',
  requirements,
  run: async (context) => {
    const rows = context.quick ? 16_384 : 131_072
    const results: Comparison[] = []
    for (const vectors of [await captionVectors(context.cache, 262_144), await syntheticVectors(context.cache, 131_072, 384), await syntheticVectors(context.cache, 65_536, 768)]) {
      if (vectors) results.push(...(await compareExact({ ...vectors, rows: Math.min(rows, vectors.rows) }, context)))
    }
    if (!context.quick) results.push(...(await compareMany(context)))
    return results
  },
}

async function compareExact(vectors: VectorFile, context: BenchContext): Promise<Comparison[]> {
  const points = await load(vectors)
  const { centres } = await fitKmeans(memoryPoints(points, vectors.width), { clusters: 1024, seed: 1, epochs: 0, passes: 1, spherical: false, max_ratio: null, threads })
  const set = { centres, count: 1024, width: vectors.width }
  const search = await openExact(set, threads)
  const contest = await race(vectors, points, set, search, 'flat', context)
  await search.close()
  const [faiss = 'faiss'] = await peerVersions(requirements)
  return [
    { work: `${vectors.name}: nearest of 1,024, exact`, unit: 'rows/s', ours: contest.ours, peer_name: faiss, peer: contest.peer, goal: '>= 1' },
    { work: `${vectors.name}: rows with the same centre`, unit: 'share', ours: contest.agreement, peer_name: faiss, peer: 1, goal: '>= 0.9999' },
    { work: `${vectors.name}: share of the machine's product`, unit: 'flop/s', ours: contest.ours * 2 * 1024 * vectors.width, peer_name: 'numpy', peer: contest.peak, goal: '>= 0.85' },
  ]
}

/** Rows of the data stand in for centres: the graph does not care how they came about. */
async function compareMany(context: BenchContext): Promise<Comparison[]> {
  const vectors = await syntheticVectors(context.cache, 131_072, 384)
  const points = await load(vectors)
  const set = { centres: points.slice(0, 65_536 * vectors.width), count: 65_536, width: vectors.width }
  const queries = points.subarray(65_536 * vectors.width)
  const part = { ...vectors, rows: 4096, path: join(context.scratch, 'queries') }
  await writeFile(part.path, queries.subarray(0, part.rows * vectors.width))
  const [faiss = 'faiss'] = await peerVersions(requirements)
  const exact = await openExact(set, threads)
  const flat = await race(part, queries, set, exact, 'flat', context)
  await exact.close()
  let gated: Awaited<ReturnType<typeof openGatedHnsw>> | undefined
  const build = await seconds(async () => {
    gated = await openGatedHnsw(set, { vectors: queries, rows: 1024 }, 0.98, threads)
  })
  context.say(`graph of 65,536 built and gated in ${build.toFixed(1)} s: recall ${gated!.recall} at breadth ${gated!.breadth}`)
  const graph = await race(part, queries, set, gated!.search, 'hnsw', context, String(gated!.breadth))
  return [
    { work: 'nearest of 65,536, exact', unit: 'rows/s', ours: flat.ours, peer_name: faiss, peer: flat.peer },
    { work: 'nearest of 65,536, graph', unit: 'rows/s', ours: graph.ours, peer_name: `${faiss} HNSW`, peer: graph.peer },
  ]
}

async function race(vectors: VectorFile, points: Float32Array, set: CentreSet, search: NearestSearch, kind: string, { python, scratch, quick }: BenchContext, ...more: string[]) {
  const centreFile = join(scratch, 'centres')
  const out = join(scratch, 'nearest')
  await writeFile(centreFile, set.centres)
  const { rows, width } = vectors
  let peak = 0
  let index: Uint32Array = new Uint32Array(0)
  const speed = await interleaved(
    {
      ours: async () => rows / (await seconds(async () => void ({ index } = await search.nearest(points.subarray(0, rows * width), rows)))),
      peer: async () => {
        const { result } = await runPeer<{ seconds: number; peak_flops: number }>(python, script, [kind, vectors.path, String(rows), String(width), centreFile, out, ...more])
        peak = Math.max(peak, result.peak_flops)
        return rows / result.seconds
      },
    },
    quick ? 1 : 3,
  )
  const theirs = new Uint32Array((await readFile(out)).buffer.slice(0))
  const agreement = index.filter((centre, row) => centre === theirs[row]).length / rows
  return { ...speed, peak, agreement }
}

async function load({ path }: VectorFile): Promise<Float32Array> {
  const bytes = await readFile(path)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
