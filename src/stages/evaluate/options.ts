import { choice, flag, int, list, num, type OptionsOf } from '../../manifest/field.js'

export const options = {
  routing: list(choice(['published', 'coded', 'coarse', 'per-class'], { doc: 'One routing rule.' }), {
    default: ['published', 'coded', 'coarse', 'per-class'],
    doc: 'Routing rules to score: as the paper states it, as its program computes it, by coarse centres, and with weights of its own for every class.',
  }),
  lambda: num({ min: 0.0001, default: 0.2, doc: 'λ of the published and the coarse rule.' }),
  temperature: num({ min: 0.0001, default: 0.1, doc: 'τ of the per-class rule.' }),
  linear_probe: flag({ default: true, doc: 'Also fit a linear classifier on the concatenated features of the experts, on half of every classification set.' }),
  bootstrap_rounds: int({ min: 20, max: 100000, default: 500, doc: 'Draws that the confidence intervals come from.' }),
  seed: int({ min: 0, default: 31, doc: 'Seed of the bootstrap and of the probe\'s halves.' }),
}

export type Options = OptionsOf<typeof options>
