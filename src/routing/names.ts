import { isPluginMember } from '../core/plugin-name.js'
import { builtInRules, ruleNames } from './rules.js'

const dense = '+dense'

/** Name of an ensemble whose score is the mean of the routed score and the dense model's. */
export function withDenseName(name: string): string {
  return `${name}${dense}`
}

/** Ensembles of the experts in the order of the report: equal weights, then each rule. */
const ensembles: readonly string[] = ['uniform', ...ruleNames]

/** Whether a scored model is an ensemble of all experts, with or without the dense model. */
export function isEnsemble(name: string): boolean {
  const base = withoutDense(name)
  return ensembles.includes(base) || isPluginRule(base)
}

/** Sorts ensembles for the report; rules of plugins follow the built-in ones. */
export function ensembleOrder(name: string): number {
  const base = withoutDense(name)
  const index = ensembles.indexOf(base)
  return (index < 0 ? ensembles.length : index) + (base === name ? 0 : 0.5)
}

const labels = new Map<string, string>(builtInRules.map(({ name, label }) => [name, label]))

/** Label for people; a plugin's rule is shown by its name, since plugins are not loaded for a report. */
export function ruleLabel(name: string): string | undefined {
  return labels.get(name) ?? (isPluginRule(name) ? `rule ${name}` : undefined)
}

function withoutDense(name: string): string {
  return name.endsWith(dense) ? name.slice(0, -dense.length) : name
}

/** Excludes linear probes, whose names have the same form: `probe:dense`, `probe-5:dense`. */
function isPluginRule(name: string): boolean {
  return isPluginMember(name) && !/^probe(-\d+)?:/.test(name)
}
