import type { Centres } from '../../artefacts/centres.js'
import type { CentreMap } from '../../artefacts/quality.js'
import { planeMap } from '../../math/quality/map.js'

/** Maximum number of fine centres on the map; the most populated ones are kept. */
const maxPoints = 4096

export function centreMap({
  fine,
  coarse,
  fine_to_expert: expertOf,
  fine_population: population,
  expert_population,
}: Centres): CentreMap {
  const shown = population
    .map((rows, at) => ({ rows, at }))
    .sort((a, b) => b.rows - a.rows || a.at - b.at)
    .slice(0, maxPoints)
    .map(({ at }) => at)
    .sort((a, b) => a - b)
  const row = (at: number) => fine.centres.subarray(at * fine.width, (at + 1) * fine.width)
  const centres = new Float32Array(shown.length * fine.width)
  shown.forEach((at, i) => centres.set(row(at), i * fine.width))
  const map = planeMap(
    { centres, count: shown.length, width: fine.width },
    shown.map((at) => population[at]!),
  )
  return {
    explained: map.explained,
    fine: shown.map((at, i) => ({
      fine: at,
      expert: expertOf[at]!,
      rows: population[at]!,
      x: map.positions[2 * i]!,
      y: map.positions[2 * i + 1]!,
    })),
    experts: expert_population.map((rows, expert) => {
      const [x, y] = map.project(coarse.centres.subarray(expert * fine.width, (expert + 1) * fine.width))
      return { rows, x, y }
    }),
  }
}
