import { byCodeUnit, type Json } from '../core/json.js'
import type { Entry } from './fingerprint.js'
import type { Survey } from './types.js'

/** Members of an evaluation set that name files: their content decides the result, not their location. */
export const evaluationFiles = ['uri', 'classnames'] as const

/** Those whose `.txt` is a list of files; of the others, it is the file itself. */
export const evaluationLists: ReadonlySet<string> = new Set<(typeof evaluationFiles)[number]>(['uri'])

/** One entry per evaluation set that a stage reads. */
export function evaluationEntries(sets: { readonly [name: string]: Json }, survey: Survey): Entry[] {
  return Object.entries(sets)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([name, set]) => ({ name: `evaluation ${name}`, value: definitionByContent(name, set, survey) }))
}

function definitionByContent(name: string, definition: Json, survey: Survey): Json {
  if (definition === null || typeof definition !== 'object' || Array.isArray(definition)) return definition
  const files = new Set<string>(evaluationFiles)
  return Object.fromEntries(
    Object.entries(definition).map(([key, value]) => [
      key,
      files.has(key) ? (survey.evaluation[`${name}.${key}`] ?? null) : value,
    ]),
  ) as Json
}
