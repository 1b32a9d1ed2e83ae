import { num, type OptionsOf } from '../../core/field.js'

export const options = {
  most_beyond: num({
    min: 0.01,
    max: 1,
    default: 0.03,
    doc:
      'Share of later rows that may be farther out than the old 99th percentile of ' +
      'distances before a new expert is advised; without drift it is 0.01.',
  }),
}

export type Options = OptionsOf<typeof options>
