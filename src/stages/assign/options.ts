import { choice, int, num, type OptionsOf } from '../../core/field.js'

export const options = {
  search: choice(['auto', 'exact', 'int8', 'cells', 'hnsw'], {
    default: 'auto',
    doc:
      '`exact` compares every vector with every centre; `int8` compares in 8-bit integers ' +
      'and checks the best candidates exactly, for CPUs with AVX-512 VNNI or AMX; `cells` ' +
      'compares only with the centres of the nearest cells, for tens of thousands of ' +
      'centres; `hnsw` walks a graph (needs the optional package hnswlib-node; slower than ' +
      '`cells`); `auto` decides at planning time from the numbers of centres and rows and ' +
      'from `min_recall`.',
  }),
  min_recall: num({
    min: 0,
    max: 1,
    default: 0.999,
    doc:
      'For `int8`, `cells` and `hnsw`: the minimum share of nearest centres that must be ' +
      'found, measured on a sample of each split; below it, the task fails.',
  }),
  by: choice(['nearest', 'random'], {
    default: 'nearest',
    doc:
      '`nearest`: the expert of the nearest fine centre. `random`: an expert drawn by hash, ' +
      'ignoring the clusters (the Random-n ablation).',
  }),
  seed: int({ min: 0, default: 17, doc: 'Seed for `by: random`.' }),
}

export type Options = OptionsOf<typeof options>
