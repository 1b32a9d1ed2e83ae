import { num, type OptionsOf } from '../../core/field.js'

export const options = {
  most_beyond: num({
    min: 0.01,
    max: 1,
    default: 0.03,
    doc:
      'Later rows may lie beyond the old 99th percentile of distances in this ' +
      'share before a new expert is advised; without drift it is 0.01.',
  }),
}

export type Options = OptionsOf<typeof options>
