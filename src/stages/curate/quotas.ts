import { maxOf } from '../../core/extremes.js'

/**
 * Parents of the clusters of each level, starting with the fine ones; the parent of the last level is the
 * root.
 */
export type Parents = readonly Uint32Array[]

/**
 * Number of rows that each fine cluster may keep, `target` in total: at each node of the hierarchy all
 * children get equal shares, and what a child cannot use goes to its siblings (Vo et al. 2024, "Automatic
 * Data Curation for Self-Supervised Learning", hierarchical sampling).
 */
export function quotas(rows: ArrayLike<number>, parents: Parents, target: number): Float64Array {
  const sizes = [Float64Array.from(rows)]
  for (const parent of parents) {
    const below = sizes.at(-1)!
    const level = new Float64Array(maxOf(parent, 0) + 1)
    below.forEach((size, child) => (level[parent[child]!]! += size))
    sizes.push(level)
  }
  let granted = waterFill(sizes.at(-1)!, target)
  for (let level = parents.length - 1; level >= 0; level--) {
    const next = new Float64Array(sizes[level]!.length)
    for (const [parent, children] of childrenOf(parents[level]!)) {
      const shares = waterFill(
        Float64Array.from(children, (child) => sizes[level]![child]!),
        granted[parent]!,
      )
      children.forEach((child, at) => (next[child] = shares[at]!))
    }
    granted = next
  }
  return granted
}

/** Equal shares, capped by size: min(size, n), with n such that Σ min(size, n) = target. */
function waterFill(sizes: Float64Array, target: number): Float64Array {
  const order = [...sizes.keys()].sort((a, b) => sizes[a]! - sizes[b]!)
  const granted = new Float64Array(sizes.length)
  let left = target
  order.forEach((child, at) => {
    granted[child] = Math.min(sizes[child]!, left / (order.length - at))
    left -= granted[child]!
  })
  return granted
}

function childrenOf(parent: Uint32Array): Map<number, number[]> {
  const children = new Map<number, number[]>()
  parent.forEach((of, child) => {
    const siblings = children.get(of)
    if (siblings) siblings.push(child)
    else children.set(of, [child])
  })
  return children
}
