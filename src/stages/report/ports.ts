import { Assignments, Bundles, Centres, Drift, Samples, Scores, Shards, Vectors } from '../kinds.js'
import type { ArtefactKind } from '../define.js'

const optional = <K extends ArtefactKind>(kind: K) => ({ kind, optional: true }) as const

/** Everything that the report can show. Its table of rows lists the stages in this order. */
export const ports = {
  samples: optional(Samples),
  vectors: optional(Vectors),
  centres: optional(Centres),
  assignments: optional(Assignments),
  drift: optional(Drift),
  shards: optional(Shards),
  bundles: optional(Bundles),
  scores: optional(Scores),
}
