import { InvalidArgumentError, Option } from 'commander'
import { isPluginMember } from '../../core/plugin-name.js'
import { defaultRule, ruleNames, type Rule } from '../../routing/rules.js'

/** A built-in rule by its name, or one of a plugin as `plugin:rule`. */
export const ruleOption = () =>
  new Option('--rule <rule>', `routing rule: ${ruleNames.join(', ')}, or plugin:rule`)
    .default(defaultRule.name)
    .argParser((value: string): Rule => {
      const known = ruleNames.find((name) => name === value)
      if (known) return known
      if (isPluginMember(value)) return value as Rule
      throw new InvalidArgumentError(`Allowed are ${ruleNames.join(', ')}, and plugin:rule.`)
    })
