import { PipelineError } from '../core/error.js'
import { isPluginMember } from '../core/plugin-name.js'
import type { RoutingRule } from './rule.js'
import { builtInRules, type Rule } from './rules.js'

const known = new Map<string, RoutingRule>(builtInRules.map((rule) => [rule.name, rule]))

/** Throws `E_ROUTING_RULE` for an unknown name. */
export function ruleNamed(name: string): RoutingRule<Rule> {
  const rule = known.get(name)
  if (rule) return rule as RoutingRule<Rule>
  throw new PipelineError({
    code: 'E_ROUTING_RULE',
    failure: 'usage',
    message: `there is no routing rule ${name}`,
    expected: [...known.keys()].join(', '),
    found: name,
    hint: name.includes(':') ? 'the plugin that provides it is not loaded' : undefined,
  })
}

export function isRule(name: string): boolean {
  return known.has(name)
}

/**
 * Adds a plugin's rule for the lifetime of the process. Adding the same rule again does nothing. Throws
 * `E_ROUTING_RULE` for a name that is not of the form `plugin:rule` or is already in use.
 */
export function addRule(rule: RoutingRule): void {
  if (known.get(rule.name) === rule) return
  const taken = known.has(rule.name)
  if (!taken && isPluginMember(rule.name)) {
    known.set(rule.name, rule)
    return
  }
  throw new PipelineError({
    code: 'E_ROUTING_RULE',
    failure: 'usage',
    message: taken ? `two routing rules are named ${rule.name}` : 'a routing rule has an invalid name',
    expected: 'plugin:rule, in lower-case letters, digits and hyphens',
    found: rule.name,
  })
}
