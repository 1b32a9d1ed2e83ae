import { cutElements } from './pack.js'
import type { PlannedArray, SubmissionPlan, SubmissionRequest } from './types.js'
import { neededArrays, type Needs } from './needs.js'
import { cutWaves, followers, type Wave } from './waves.js'

/**
 * Plans the arrays to submit for these tasks. Pure. Tasks of a stage that wait for each other (`after`)
 * become several arrays. A stage that works shard by shard follows the elements of the previous stage,
 * index by index, so that a slow or failed shard does not hold up the others. Dependencies on whole arrays
 * that follow from others are left out.
 */
export function planSubmission(request: SubmissionRequest): SubmissionPlan {
  const { waves, held_back } = cutWaves(request)
  const leaders = followers(waves)
  const elements = cutElements(waves, leaders, request)
  const arrays: PlannedArray[] = []
  const needs: Needs[] = []
  const placed = new Map<Wave, readonly number[]>()
  const later = new Set<Wave>()
  for (const wave of waves) {
    const chunks = elements.get(wave) ?? []
    const needed = chunks.map((_, chunk) =>
      neededArrays({ wave, chunk, leader: leaders.get(wave), placed, needs, limits: request.limits }),
    )
    if (needed.includes(undefined) || [...wave.upstream].some((upstream) => later.has(upstream))) {
      later.add(wave)
      continue
    }
    const positions: number[] = []
    for (const [chunk, own] of chunks.entries()) {
      const after = needed[chunk]!
      positions.push(arrays.length)
      needs.push(after)
      arrays.push({
        node: wave.node,
        stage: wave.stage,
        elements: own,
        resources: request.resources(own),
        after: [...after.arrays, ...after.jobs],
      })
    }
    placed.set(wave, positions)
  }
  return { arrays, held_back: [...held_back, ...[...later].flatMap((wave) => wave.tasks)] }
}
