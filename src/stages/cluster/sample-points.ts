import type { Points } from '../../math/points.js'

/** The vectors of a sample, in memory or on scratch. */
export interface SamplePoints extends Points {
  close(): void
}
