import { byCodeUnit, type Json } from '../core/json.js'
import type { Decision } from '../core/field.js'
import { decisionOf, namedOptions, optionAt, type NamedOption } from '../core/named-options.js'
import type { AnyStage } from '../stages/define.js'
import type { Entry } from './fingerprint.js'

type Declared = Pick<AnyStage, 'name' | 'options'>

/** The entries of the options with this decision, in the order of their names. */
export function optionEntries(
  stage: Declared,
  options: { readonly [option: string]: unknown },
  decision: Decision,
): Entry[] {
  return namedOptions(stage.options)
    .filter((option) => decisionOf(option, options) === decision)
    .flatMap((option): Entry[] => {
      const value: Json | undefined = optionAt(options, option.path)
      return value === undefined ? [] : [{ name: entryName(stage, option), value }]
    })
    .sort((a, b) => byCodeUnit(a.name, b.name))
}

export function entryName(stage: Declared, { name }: NamedOption): string {
  return `option ${stage.name}.${name}`
}

/** Name of an entry → its name in messages, for options that are spelled differently in fingerprints. */
export interface Spellings {
  readonly [entry: string]: string
}

export function spellingsOf(stage: Declared): Spellings {
  return Object.fromEntries(
    namedOptions(stage.options)
      .filter(({ name, path }) => name !== path.join('.'))
      .map((option) => [entryName(stage, option), `option ${stage.name}.${option.path.join('.')}`]),
  )
}

/** Entries or differences under the names that messages and `--json` show. */
export function spelled<T extends { readonly name: string }>(spellings: Spellings, named: readonly T[]): T[] {
  return named.map((each) => ({ ...each, name: spellings[each.name] ?? each.name }))
}
