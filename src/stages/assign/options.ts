import { choice, int, num, type OptionsOf } from '../../core/field.js'

export const options = {
  search: choice(['auto', 'exact', 'int8', 'cells', 'hnsw'], {
    default: 'auto',
    doc:
      '`exact` compares with every centre; `int8` does so in 8-bit integers and compares the best few ' +
      'again, for CPUs with AVX-512 VNNI or AMX; `cells` with those in the nearest cells only, ' +
      'for tens of thousands of centres; ' +
      '`hnsw` walks a graph (needs the optional package hnswlib-node, slower than `cells`); ' +
      '`auto` decides by the numbers of centres and rows and by `min_recall` when planning.',
  }),
  min_recall: num({
    min: 0,
    max: 1,
    default: 0.999,
    doc:
      'With `int8`, `cells` and `hnsw`: the share of nearest centres that must be found, ' +
      'measured on a sample of each split; below it the task fails.',
  }),
  by: choice(['nearest', 'random'], {
    default: 'nearest',
    doc:
      '`nearest`: the expert of the nearest fine centre. `random`: an expert drawn by hash, ' +
      'which ignores the clusters (the Random-n ablation).',
  }),
  seed: int({ min: 0, default: 17, doc: 'Seed of `by: random`.' }),
}

export type Options = OptionsOf<typeof options>
