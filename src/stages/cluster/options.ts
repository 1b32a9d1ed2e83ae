import { choice, flag, int, nullable, num, type OptionsOf } from '../../manifest/field.js'

export const options = {
  fine: int({ min: 2, max: 1048576, default: 1024, doc: 'Fine clusters: the resolution of the routing.' }),
  experts: int({ min: 1, max: 65535, default: 4, doc: 'Experts: groups of fine clusters, each of which gets a model of its own.' }),
  steps: choice(['two', 'one'], {
    default: 'two',
    doc:
      '`two`: fine clusters, then experts from their centres. ' +
      '`one`: as many clusters as experts, straight from the vectors (an ablation; `fine` is not used).',
  }),
  sample_rows: int({ min: 1, default: 2000000, doc: 'At most so many vectors are read, as seeded blocks of consecutive rows.' }),
  max_cluster_ratio: nullable(
    num({ min: 1, default: 2, doc: 'Largest cluster over the mean, for fine clusters and for experts; null for no bound.' }),
  ),
  seed: int({ min: 0, default: 17, doc: 'Seed of the sample and of the starting centres.' }),
  spherical: flag({ default: false, doc: 'Keep centres at unit length (cosine k-means).' }),
  epochs: int({ min: 0, max: 100, default: 1, doc: 'Mini-batch epochs over the sample before the final passes.' }),
  passes: int({ min: 1, max: 1000, default: 8, doc: 'Final full passes; fewer once the inertia improves by less than 1 in 10,000.' }),
}

export type Options = OptionsOf<typeof options>
