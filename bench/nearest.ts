import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openGatedCells } from '../src/math/nearest/cells/gate.js'
import { fitKmeans } from '../src/math/kmeans/fit.js'
import { memoryPoints } from '../src/math/points.js'
import { openExact, type CentreSet, type NearestSearch } from '../src/math/nearest/exact.js'
import { openGatedFilter } from '../src/math/nearest/filtered.js'
import type { Bench, BenchContext, Comparison } from './bench.js'
import { interleaved, runPeer, seconds } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import { captionVectors, loadVectors, syntheticVectors, type VectorFile } from './support/vectors.js'

const requirements = 'nearest.txt'
const script = inRepository('bench/peers/nearest.py')
const threads = availableParallelism()

/** Rows per second assigned to the nearest centre. */
export const bench: Bench = {
  name: 'nearest',
  doc: 'the nearest of 1,024 centres by comparing with all of them, and of 65,536 also by cells',
  requirements,
  run: async (context) => {
    const rows = context.quick ? 16_384 : 131_072
    const results: Comparison[] = []
    for (const vectors of [
      await captionVectors(context.cache, 262_144),
      await syntheticVectors(context.cache, 131_072, 384),
      await syntheticVectors(context.cache, 65_536, 768),
    ]) {
      if (vectors)
        results.push(...(await compareExact({ ...vectors, rows: Math.min(rows, vectors.rows) }, context)))
    }
    if (!context.quick) results.push(...(await compareMany(context)))
    return results
  },
}

async function compareExact(vectors: VectorFile, context: BenchContext): Promise<Comparison[]> {
  const points = await loadVectors(vectors)
  const { centres } = await fitKmeans(memoryPoints(points, vectors.width), {
    clusters: 1024,
    seed: 1,
    epochs: 0,
    passes: 1,
    spherical: false,
    max_ratio: null,
    threads,
  })
  const set = { centres, count: 1024, width: vectors.width }
  const search = await openExact(set, threads)
  const contest = await race(vectors, points, set, search, 'flat', context)
  await search.close()
  const probe = { vectors: points, rows: 4096 }
  const filter = await openGatedFilter({ set, probe, min_recall: 0.9999, threads })
  const filtered = await race(vectors, points, set, filter.search, 'flat', context)
  await filter.search.close()
  const [faiss = 'faiss'] = await peerVersions(requirements)
  return [
    {
      work: `${vectors.name}: nearest of 1,024, exact`,
      unit: 'rows/s',
      ours: contest.ours,
      peer_name: faiss,
      peer: contest.peer,
      goal: '>= 1',
    },
    {
      work: `${vectors.name}: rows with the same centre`,
      unit: 'share',
      ours: contest.agreement,
      peer_name: faiss,
      peer: 1,
      goal: '>= 0.9999',
    },
    {
      work: `${vectors.name}: share of the machine's product`,
      unit: 'flop/s',
      ours: contest.ours * 2 * 1024 * vectors.width,
      peer_name: 'numpy',
      peer: contest.peak,
      goal: '>= 0.85',
    },
    {
      work: `${vectors.name}: nearest of 1,024, int8 first`,
      unit: 'rows/s',
      ours: filtered.ours,
      peer_name: faiss,
      peer: filtered.peer,
      goal: '>= 1.5',
    },
    {
      work: `${vectors.name}: recall of int8 first`,
      unit: 'share',
      ours: filtered.agreement,
      peer_name: faiss,
      peer: 1,
      goal: '>= 0.9999',
    },
  ]
}

const manyCentres = 65_536
const leastRecall = 0.98
/** An index is built once: its build time is divided by this many rows. */
const rowsPerBuild = 1_000_000

/**
 * Rows of the data serve as centres: their origin does not matter for the search. The peer is the faster of
 * its exact search and its graph.
 */
async function compareMany(context: BenchContext): Promise<Comparison[]> {
  const vectors =
    (await captionVectors(context.cache, 262_144)) ?? (await syntheticVectors(context.cache, 131_072, 384))
  const points = await loadVectors(vectors)
  const set = {
    centres: points.slice(0, manyCentres * vectors.width),
    count: manyCentres,
    width: vectors.width,
  }
  const queries = points.slice(manyCentres * vectors.width)
  const part = { ...vectors, rows: 16_384, path: join(context.scratch, 'queries') }
  await writeFile(part.path, queries.subarray(0, part.rows * vectors.width))
  const exact = await openExact(set, threads)
  const flat = await race(part, queries, set, exact, 'flat', context)
  const truth = await exact.nearest(queries.subarray(0, part.rows * vectors.width), part.rows)
  await exact.close()
  let gated: Awaited<ReturnType<typeof openGatedCells>> | undefined
  const build = await seconds(async () => {
    gated = await openGatedCells({
      set,
      probe: { vectors: queries, rows: 4096 },
      min_recall: leastRecall,
      threads,
    })
  })
  context.say(
    `cells of 65,536 built and gated in ${build.toFixed(1)} s: ` +
      `recall ${gated!.recall} at breadth ${gated!.breadth}`,
  )
  const graph = await graphOfPeer(part, queries, set, gated!.search, truth.index, context)
  await gated!.search.close()
  let filter: typeof gated
  const packing = await seconds(async () => {
    filter = await openGatedFilter({
      set,
      probe: { vectors: queries, rows: 4096 },
      min_recall: leastRecall,
      threads,
    })
  })
  const filtered = await race(part, queries, set, filter!.search, 'flat', context)
  await filter!.search.close()
  context.say(
    `int8 first packed and gated in ${packing.toFixed(1)} s: recall ${filter!.recall}, ` +
      `${filtered.ours.toFixed(0)} rows/s`,
  )
  const searches = [
    { name: 'cells', rate: perBuild(build, graph.ours) },
    { name: 'int8', rate: perBuild(packing, filtered.ours) },
  ].sort((a, b) => b.rate - a.rate)
  const ours = searches[0]!
  const [faiss = 'faiss'] = await peerVersions(requirements)
  const theirs = [
    { name: `${faiss} flat`, rate: flat.peer },
    { name: `${faiss} HNSW ${graph.breadth}`, rate: perBuild(graph.build, graph.peer) },
  ].sort((a, b) => b.rate - a.rate)[0]!
  return [
    { work: 'nearest of 65,536, exact', unit: 'rows/s', ours: flat.ours, peer_name: faiss, peer: flat.peer },
    {
      work: `nearest of 65,536 at recall ${leastRecall}, build over 1 M rows (${ours.name})`,
      unit: 'rows/s',
      ours: ours.rate,
      peer_name: theirs.name,
      peer: theirs.rate,
      goal: '>= 1.5',
    },
  ]
}

const perBuild = (build: number, rate: number) => rowsPerBuild / (build + rowsPerBuild / rate)

/** The peer's graph with the smallest breadth of the same recall. */
async function graphOfPeer(
  part: VectorFile,
  queries: Float32Array,
  set: CentreSet,
  search: NearestSearch,
  truth: Uint32Array,
  context: BenchContext,
) {
  for (const breadth of [32, 48, 64, 96, 128, 256]) {
    const { theirs, ...speed } = await race(
      part,
      queries,
      set,
      search,
      'hnsw',
      { ...context, quick: true },
      String(breadth),
    )
    const recall = theirs.filter((centre, row) => centre === truth[row]).length / part.rows
    context.say(
      `faiss HNSW at breadth ${breadth}: recall ${recall.toFixed(4)}, built in ${speed.build.toFixed(1)} s`,
    )
    if (recall >= leastRecall || breadth === 256) return { ...speed, breadth }
  }
  throw new Error('unreachable')
}

/** The same number as in `bench/peers/nearest.py`. */
const warmRows = 2048

async function race(
  vectors: VectorFile,
  points: Float32Array,
  set: CentreSet,
  search: NearestSearch,
  kind: string,
  { python, scratch, quick }: BenchContext,
  ...more: string[]
) {
  const centreFile = join(scratch, 'centres')
  const out = join(scratch, 'nearest')
  await writeFile(centreFile, set.centres)
  const { rows, width } = vectors
  let peak = 0
  let build = 0
  let index: Uint32Array = new Uint32Array(0)
  const speed = await interleaved(
    {
      ours: async () => {
        // Warms up the caches, as for the peer.
        await search.nearest(points.subarray(0, warmRows * width), warmRows)
        return (
          rows /
          (await seconds(
            async () => void ({ index } = await search.nearest(points.subarray(0, rows * width), rows)),
          ))
        )
      },
      peer: async () => {
        const { result } = await runPeer<{ seconds: number; build: number; peak_flops: number }>(
          python,
          script,
          [kind, vectors.path, String(rows), String(width), centreFile, out, ...more],
        )
        peak = Math.max(peak, result.peak_flops)
        build = result.build
        return rows / result.seconds
      },
    },
    quick ? 1 : 3,
  )
  const theirs = new Uint32Array((await readFile(out)).buffer.slice(0))
  const agreement = index.filter((centre, row) => centre === theirs[row]).length / rows
  return { ...speed, peak, build, agreement, theirs }
}
