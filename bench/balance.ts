import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { capacityOf, fitBounded } from '../src/math/kmeans/bounded/bounded-fit.js'
import { fitKmeans } from '../src/math/kmeans/fit.js'
import { memoryPoints } from '../src/math/points.js'
import { squaredDistance } from '../src/math/nearest/distance.js'
import { openTopK } from '../src/math/nearest/top-k.js'
import type { Bench, Comparison } from './bench.js'
import { runPeer, seconds } from './measure.js'
import { peerVersions } from './peers.js'
import { inRepository } from './support/built-cli.js'
import { captionVectors, loadVectors, syntheticVectors, type VectorFile } from './support/vectors.js'

const requirements = 'balance.txt'
const maxRatio = 1.2
const threads = availableParallelism()
/** Size that a linear assignment solves within seconds. */
const subset = { rows: 4096, clusters: 32 }

/**
 * Clusters of bounded size: the cost of the bound compared with the optimal assignment, and whether it holds.
 */
export const bench: Bench = {
  name: 'balance',
  doc:
    `clusters of at most ${maxRatio} times the mean size: ` +
    'a subset against an exact linear assignment to the same centres, and 262,144 vectors in 1,024',
  requirements,
  run: async ({ python, cache, scratch, quick }) => {
    const results: Comparison[] = []
    const rows = quick ? 65_536 : 262_144
    for (const vectors of [await syntheticVectors(cache, rows, 384), await captionVectors(cache, rows)]) {
      if (!vectors) continue
      const points = await loadVectors(vectors)
      results.push(
        ...(await besideExact(vectors, points, python, scratch)),
        ...(await whole(vectors, points)),
      )
    }
    return results
  },
}

async function besideExact(
  { name, path, width }: VectorFile,
  all: Float32Array,
  python: string,
  scratch: string,
): Promise<Comparison[]> {
  const { rows, clusters } = subset
  const vectors = all.slice(0, rows * width)
  const points = memoryPoints(vectors, width)
  const { centres } = await fitKmeans(points, {
    clusters,
    seed: 17,
    epochs: 0,
    passes: 8,
    spherical: false,
    max_ratio: null,
    threads: 1,
  })
  const file = join(scratch, 'centres')
  await writeFile(file, centres)
  const capacity = capacityOf(rows, clusters, maxRatio)
  const { result } = await runPeer<{ seconds: number; inertia: number }>(
    python,
    inRepository('bench/peers/balance.py'),
    [path, String(rows), String(width), file, String(capacity)],
  )
  const topK = await openTopK(width, 1)
  const { label, counts } = await fitBounded(points, centres, clusters, {
    max_ratio: maxRatio,
    spherical: false,
    topK,
  })
  await topK.close()
  let sum = 0
  for (let row = 0; row < rows; row++)
    sum += squaredDistance(vectors, row * width, centres, label[row]! * width, width)
  const [scipy = 'scipy'] = await peerVersions(requirements)
  const work = `${name}: ${rows.toLocaleString('en-US')} of them in ${clusters}`
  return [
    {
      work: `${work}, inertia`,
      unit: 'squared',
      ours: sum / rows,
      peer_name: `${scipy} linear_sum_assignment`,
      peer: result.inertia,
      goal: '<= 1.03',
    },
    {
      work: `${work}, largest cluster`,
      unit: 'rows',
      ours: Math.max(...counts),
      peer_name: 'the bound',
      peer: capacity,
      goal: '<= 1',
    },
  ]
}

async function whole({ name, width, rows }: VectorFile, vectors: Float32Array): Promise<Comparison[]> {
  const clusters = 1024
  const points = memoryPoints(vectors, width)
  const options = { clusters, seed: 17, epochs: 0, passes: 3, spherical: false, threads }
  let largest = 0
  let inertia = 0
  const bounded = await seconds(async () => {
    const fit = await fitKmeans(points, { ...options, max_ratio: maxRatio })
    largest = Math.max(...fit.counts)
    inertia = fit.inertia.at(-1)! / rows
  })
  let free = 0
  const unbounded = await seconds(async () => {
    free = (await fitKmeans(points, { ...options, max_ratio: null })).inertia.at(-1)! / rows
  })
  return [
    {
      work: `${name} in 1,024, largest cluster`,
      unit: 'rows',
      ours: largest,
      peer_name: 'the bound',
      peer: (maxRatio * rows) / clusters,
      goal: '<= 1.05',
    },
    {
      work: `${name} in 1,024, inertia`,
      unit: 'squared',
      ours: inertia,
      peer_name: 'without a bound',
      peer: free,
    },
    {
      work: `${name} in 1,024, time`,
      unit: 's',
      ours: bounded,
      peer_name: 'without a bound',
      peer: unbounded,
    },
  ]
}
