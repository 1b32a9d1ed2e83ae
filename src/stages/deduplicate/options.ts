import { choice, int, num, type OptionsOf } from '../../core/field.js'

export const options = {
  similarity: num({
    min: -1,
    max: 1,
    default: 0.95,
    doc: 'Captions of the same fine cluster are near-duplicates if the cosine of their vectors exceeds this.',
  }),
  keep: choice(['marginal', 'central'], {
    default: 'marginal',
    doc:
      'Which of a group of near-duplicates is kept: the farthest from its fine centre (as ' +
      'in SemDeDup), or the nearest.',
  }),
  rows_per_task: int({
    min: 1000,
    default: 4000000,
    doc: 'Target maximum of rows per comparison task, in whole fine clusters; does not affect the result.',
  }),
}

export type Options = OptionsOf<typeof options>
