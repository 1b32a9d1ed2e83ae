import { int, list, num, type OptionsOf } from '../../core/field.js'

export const options = {
  share: num({ min: 0.0001, max: 1, default: 0.5, doc: 'Share of the rows that is kept.' }),
  levels: list(int({ min: 2, doc: 'Clusters of this level.' }), {
    default: [],
    doc:
      'Clusters of each level above the fine ones, largest first: `[256, 16]`. Empty: ' +
      'each level has a sixteenth of the one below.',
  }),
  resampling: int({
    min: 0,
    max: 100,
    default: 3,
    doc:
      'How often each level is fitted again to the points nearest to its centres, ' +
      'which evens out how densely they lie.',
  }),
  seed: int({ min: 0, default: 17, doc: 'Seed of the levels and of the rows that are drawn.' }),
}

export type Options = OptionsOf<typeof options>
