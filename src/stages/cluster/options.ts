import { choice, flag, int, nullable, num, optional, text, type OptionsOf } from '../../core/field.js'

export const options = {
  fine: int({
    min: 2,
    max: 1048576,
    default: 1024,
    doc: 'Number of fine clusters: the resolution of the routing.',
  }),
  experts: int({
    min: 1,
    max: 65535,
    default: 4,
    doc: 'Number of experts: groups of fine clusters, each with its own model.',
  }),
  steps: choice(['two', 'one'], {
    default: 'two',
    doc:
      '`two`: fine clusters, then experts from their centres. `one`: as many clusters as ' +
      'experts, directly from the vectors (an ablation; `fine` is not used).',
  }),
  sample_rows: int({
    min: 1,
    default: 2000000,
    doc: 'Maximum number of vectors to read, as seeded blocks of consecutive rows.',
  }),
  max_cluster_ratio: nullable(
    num({
      min: 1,
      default: 2,
      doc:
        'Maximum ratio of the largest cluster to the mean, for fine clusters and for experts; ' +
        'null for no bound.',
    }),
  ),
  seed: int({ min: 0, default: 17, doc: 'Seed for the sample and the initial centres.' }),
  spherical: flag({ default: false, doc: 'Keep centres at unit length (cosine k-means).' }),
  epochs: int({
    min: 0,
    max: 100,
    default: 1,
    doc: 'Mini-batch epochs over the sample before the final passes.',
  }),
  from: optional(
    text({
      path: 'file',
      examples: ['cc12m.lock.json'],
      doc:
        'Continue an earlier run: its lock file (known shards keep their results, new shards ' +
        'are assigned to its centres), or the folder of one `cluster` artefact. The centres ' +
        'are reused unchanged; the options of the fit then apply to a new expert only.',
    }),
  ),
  new_expert_fine: optional(
    int({
      min: 1,
      max: 65536,
      doc:
        'With `from`: the number of fine clusters of one new expert, fitted to the new rows ' +
        'that fit no expert (farther than the old 99th percentile).',
    }),
  ),
  fit_parts: optional(
    int({
      min: 1,
      max: 10000,
      doc:
        'Fit with array tasks over this many parts of the splits, for samples too large for ' +
        'one machine to read: `passes` full passes, no-ops once they change nothing. The ' +
        'centres are the same as on one machine, byte for byte. Needs `epochs: 0` and ' +
        '`max_cluster_ratio: null`.',
    }),
  ),
  passes: int({
    min: 1,
    max: 1000,
    default: 8,
    doc: 'Final full passes; fewer once the inertia improves by less than 1 in 10,000.',
  }),
}

export type Options = OptionsOf<typeof options>

/** Number of clusters of the fit itself: with one step these are the experts. */
export function clustersOf({ steps, experts, fine }: Pick<Options, 'steps' | 'experts' | 'fine'>): number {
  return steps === 'one' ? experts : fine
}
