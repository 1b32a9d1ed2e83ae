import { choice, flag, int, list, nullable, num, type OptionsOf } from '../../core/field.js'

export const options = {
  routing: list(choice(['published', 'coded', 'coarse', 'per-class'], { doc: 'One routing rule.' }), {
    default: ['published', 'coded', 'coarse', 'per-class'],
    doc: 'Routing rules to score: as the paper states it, as its program computes it, by coarse centres, and with weights of its own for every class.',
  }),
  lambda: num({ min: 0.0001, default: 0.2, doc: 'λ of the published and the coarse rule.' }),
  temperature: nullable(
    num({
      min: 0.0001,
      default: 0.1,
      doc: 'τ of the per-class rule; null: chosen for each set on its validation rows.',
    }),
  ),
  validation_share: num({
    min: 0,
    max: 0.5,
    default: 0,
    doc: 'Share of every evaluation set that choices are made on (temperature; the best single expert, where training kept no validation split) and that no score is measured on.',
  }),
  probe_shots: list(int({ min: 1, doc: 'Images of each class.' }), {
    default: [5],
    doc: 'Few-shot linear probes: fitted on so many images of each class.',
  }),
  linear_probe: flag({
    default: true,
    doc: 'Also fit a linear classifier on the concatenated features of the experts, on half of every classification set.',
  }),
  bootstrap_rounds: int({
    min: 20,
    max: 100000,
    default: 500,
    doc: 'Draws that the confidence intervals come from.',
  }),
  seed: int({ min: 0, default: 31, doc: "Seed of the bootstrap and of the probe's halves." }),
}

export type Options = OptionsOf<typeof options>
