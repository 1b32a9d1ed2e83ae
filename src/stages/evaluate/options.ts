import { defaultScale } from '../../routing/rule.js'
import { pluginMemberPattern } from '../../core/plugin-name.js'
import { builtInRules, ruleNames, type Rule } from '../../routing/rules.js'
import {
  choice,
  deciding,
  either,
  type Field,
  flag,
  int,
  list,
  nullable,
  num,
  type OptionsOf,
  text,
} from '../../core/field.js'

const oneRule = either<Rule>(
  [
    choice(ruleNames, { doc: 'A built-in rule.' }),
    text({ pattern: pluginMemberPattern, doc: "A plugin's rule." }) as Field<`${string}:${string}`>,
  ],
  { doc: 'One routing rule: a built-in one, or `plugin:rule`.' },
)

/**
 * All options concern scores only: they are parameters of the task `scores`, so that another rule or
 * temperature takes seconds and reads no image again.
 */
export const options = deciding('params', {
  routing: list(oneRule, {
    default: ruleNames,
    doc: `Routing rules to score: ${listed(builtInRules.map(({ doc }) => doc))}.`,
  }),
  lambda: num({ min: 0.0001, default: defaultScale.lambda, doc: `λ of ${rulesWith('lambda')}.` }),
  temperature: nullable(
    num({
      min: 0.0001,
      default: defaultScale.temperature,
      doc: `τ of ${rulesWith('temperature')}; null: chosen per set on its validation rows.`,
    }),
  ),
  validation_share: num({
    min: 0,
    max: 0.5,
    default: 0,
    doc:
      'Share of every evaluation set used to choose (the temperature; the best single ' +
      'expert, if training kept no validation split) and excluded from all scores.',
  }),
  probe_shots: list(int({ min: 1, doc: 'Images per class.' }), {
    default: [5],
    doc: 'Few-shot linear probes: numbers of images per class to fit on.',
  }),
  linear_probe: flag({
    default: true,
    doc:
      'Also fit a linear classifier to the concatenated features of the experts, on half of ' +
      'every classification set.',
  }),
  bootstrap_rounds: int({
    min: 20,
    max: 100000,
    default: 500,
    doc: 'Bootstrap draws for the confidence intervals.',
  }),
  seed: int({ min: 0, default: 31, doc: "Seed for the bootstrap and for splitting the probe's rows." }),
})

function rulesWith(scale: keyof typeof defaultScale): string {
  const names = builtInRules.filter((rule) => rule.scale === scale).map(({ name }) => `the ${name}`)
  return `${names.join(' and ')} rule`
}

function listed(parts: readonly string[]): string {
  return `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`
}

export type Options = OptionsOf<typeof options>
