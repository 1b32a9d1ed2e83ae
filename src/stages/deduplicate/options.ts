import { choice, int, num, type OptionsOf } from '../../core/field.js'

export const options = {
  similarity: num({
    min: -1,
    max: 1,
    default: 0.95,
    doc: 'Captions of the same fine cluster whose vectors have a cosine above this are near-duplicates.',
  }),
  keep: choice(['marginal', 'central'], {
    default: 'marginal',
    doc:
      'Which of a group of near-duplicates stays: the farthest from its ' +
      'fine centre (as SemDeDup does it), or the nearest.',
  }),
  rows_per_task: int({
    min: 1000,
    default: 4000000,
    doc:
      'Rows that one comparing task should hold at most, all in whole fine clusters; ' +
      'decides no byte of the result.',
  }),
}

export type Options = OptionsOf<typeof options>
