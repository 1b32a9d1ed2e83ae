import { int, list, num, type OptionsOf } from '../../core/field.js'

export const options = {
  share: num({ min: 0.0001, max: 1, default: 0.5, doc: 'Share of the rows to keep.' }),
  levels: list(int({ min: 2, doc: 'Number of clusters of this level.' }), {
    default: [],
    doc:
      'Number of clusters of each level above the fine ones, largest first: `[256, 16]`. ' +
      'Empty: each level has a sixteenth of the one below.',
  }),
  resampling: int({
    min: 0,
    max: 100,
    default: 3,
    doc:
      'How many times each level is refitted to the points nearest to its centres, which ' +
      'evens out their density.',
  }),
  seed: int({ min: 0, default: 17, doc: 'Seed for fitting the levels and drawing the rows.' }),
}

export type Options = OptionsOf<typeof options>
