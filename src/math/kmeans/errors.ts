import { PipelineError } from '../../core/error.js'

export function tooFewPoints(points: number, clusters: number): PipelineError {
  return new PipelineError({
    code: 'E_TOO_FEW_POINTS',
    message: `${points} vectors cannot make ${clusters} clusters`,
    expected: `at least ${clusters} vectors`,
    found: String(points),
    hint:
      `ask for at most ${Math.max(1, points)} clusters (some tens of vectors a cluster are sensible), ` +
      'or give more data',
  })
}

export function tooFewDistinct(distinct: number, points: number, clusters: number): PipelineError {
  return new PipelineError({
    code: 'E_TOO_FEW_DISTINCT_POINTS',
    message: `only ${distinct} of ${points} vectors differ, which cannot make ${clusters} clusters`,
    expected: `at least ${clusters} distinct vectors`,
    found: String(distinct),
    hint: `many captions are identical: use at most ${distinct} clusters`,
  })
}
