import { writeCurationTree } from '../../artefacts/curation-tree.js'
import { readFileOf } from '../../io/read-whole.js'
import { openNpy } from '../../io/npy.js'
import { fitKmeans } from '../../math/kmeans/fit.js'
import { memoryPoints } from '../../math/points.js'
import type { CentreSet, Nearest } from '../../math/nearest/exact.js'
import { labelPoints } from '../../math/nearest/label.js'
import { levelsFor } from './levels.js'
import { quotas } from './quotas.js'
import type { Context } from './tasks.js'

export async function makeTree(context: Context<'tree'>): Promise<void> {
  const { takes, after, out, options } = context
  const npy = await openNpy(await takes.centres![0]!.open('fine.npy'))
  const [count = 0, width = 0] = npy.shape
  const rows = new Float64Array(count)
  for (const counted of after.count) {
    const counts = new Uint32Array(new Uint8Array(await readFileOf(counted, 'counts.u32')).buffer)
    counts.forEach((here, fine) => (rows[fine]! += here))
  }
  const parents: Uint32Array[] = []
  let set: CentreSet = { centres: await npy.readRows(0, count), count, width }
  for (const clusters of levelsFor(count, options.levels)) {
    const level = await addLevel(set, clusters, context)
    parents.push(level.parent)
    set = level.set
  }
  const all = rows.reduce((sum, here) => sum + here, 0)
  const target = Math.round(options.share * all)
  const granted = quotas(rows, parents, target)
  const keep = [...granted].map((quota, fine) => (rows[fine]! > 0 ? quota / rows[fine]! : 0))
  await writeCurationTree(out, {
    rows: all,
    target,
    parents: parents.map((parent) => [...parent]),
    fine_rows: [...rows],
    keep,
  })
  context.note(
    'levels',
    parents.map((parent) => parent.length),
  )
}

/**
 * Builds the next level: k-means over the centres below, unweighted, then again over those nearest to the new
 * centres.
 */
async function addLevel(
  below: CentreSet,
  clusters: number,
  { options, threads, signal }: Context<'tree'>,
): Promise<{ set: CentreSet; parent: Uint32Array }> {
  const points = memoryPoints(below.centres, below.width)
  const fit = { clusters, epochs: 0, passes: 10, spherical: false, max_ratio: null, threads, signal }
  const fitLevel = async (vectors: Float32Array, round: number) => {
    const { centres } = await fitKmeans(memoryPoints(vectors, below.width), {
      ...fit,
      seed: `${options.seed} level ${clusters} ${round}`,
    })
    return { centres, count: clusters, width: below.width }
  }
  let set = await fitLevel(below.centres, 0)
  let nearest = await labelPoints(points, set, threads, signal)
  const each = Math.max(1, Math.floor(below.count / clusters / 2))
  for (let round = 1; round <= options.resampling; round++) {
    const resampled = nearestOfEach(below, nearest, clusters, each)
    if (resampled.length / below.width < clusters) break
    set = await fitLevel(resampled, round)
    nearest = await labelPoints(points, set, threads, signal)
  }
  return { set, parent: nearest.index }
}

function nearestOfEach(
  { centres, width }: CentreSet,
  { index, distance }: Nearest,
  clusters: number,
  each: number,
): Float32Array {
  const members: number[][] = Array.from({ length: clusters }, () => [])
  index.forEach((cluster, point) => members[cluster]!.push(point))
  const chosen = members.flatMap((points) =>
    points.sort((a, b) => distance[a]! - distance[b]! || a - b).slice(0, each),
  )
  const out = new Float32Array(chosen.length * width)
  chosen.forEach((point, at) => out.set(centres.subarray(point * width, (point + 1) * width), at * width))
  return out
}
