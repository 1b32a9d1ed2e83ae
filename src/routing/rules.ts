import { coarse } from './coarse.js'
import { coded } from './coded.js'
import { perClass } from './per-class.js'
import { published } from './published.js'

/**
 * The table of routing rules: options, flags, verdicts, labels and the order of the report derive from it.
 * Plugins add rules with `addRule`.
 */
export const builtInRules = [published, coded, coarse, perClass] as const

export type BuiltInRule = (typeof builtInRules)[number]['name']

/** A built-in rule, or a plugin's: `plugin:rule`. */
export type Rule = BuiltInRule | `${string}:${string}`

export const ruleNames = builtInRules.map(({ name }) => name)

/** Used unless another rule is named. */
export const defaultRule = published
