import { type Field, type Fields, group, optional, type OptionsOf } from '../../core/field.js'
import { PipelineError } from '../../core/error.js'
import { anyJson, map, type Shape } from '../../core/shape.js'
import type { Backend, SettingsOf } from './backend.js'
import { type Configurable, rows, type StoreSettings } from './backends.js'

type BySchemes = { readonly [scheme: string]: SettingsOf<Fields> | undefined }

type SettingsFields = {
  readonly [R in Configurable as R['scheme']]: Field<
    (R extends Backend<infer F> ? OptionsOf<F> : never) | undefined
  >
}

/** The members of a profile that are settings of backends, by scheme. */
export function settingsFields(): SettingsFields {
  return Object.fromEntries(
    rows.flatMap(({ scheme, settings }) =>
      settings ? [[scheme, optional(group(settings.fields, { doc: settings.doc }))]] : [],
    ),
  ) as SettingsFields
}

/** Settings in a document that Coterie wrote: each value was checked when the profile was read. */
export const settingsShape: Shape<StoreSettings> = map(map(anyJson)) as Shape<object>

/** The settings of backends among the members of something larger, such as a profile. */
export function settingsIn(members: object): StoreSettings | undefined {
  const given = Object.entries(members).filter(
    ([name, value]) =>
      value !== undefined && rows.some(({ scheme, settings }) => settings && scheme === name),
  )
  return given.length === 0 ? undefined : (Object.fromEntries(given) as StoreSettings)
}

/** The settings for a job on another machine, without those that only apply here. */
export function settingsOfJobs(settings: StoreSettings | undefined): StoreSettings | undefined {
  const given = Object.entries((settings ?? {}) as BySchemes)
  return (
    settings &&
    (Object.fromEntries(
      given.map(([scheme, own]) => [
        scheme,
        own && rows.find((row) => row.scheme === scheme)?.settingsOfJobs(own),
      ]),
    ) as StoreSettings)
  )
}

const variable = (scheme: string) => `COTERIE_${scheme.toUpperCase()}`

/** Settings as environment variables of a job: `COTERIE_S3` holds those of `s3://` as JSON. */
export function settingsToEnvironment(settings: StoreSettings | undefined): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries((settings ?? {}) as BySchemes).flatMap(([scheme, own]) =>
      own ? [[variable(scheme), JSON.stringify(own)]] : [],
    ),
  )
}

/** Throws `E_USAGE` if a variable is not as `settingsToEnvironment` writes it. */
export function settingsFromEnvironment(env: {
  readonly [name: string]: string | undefined
}): StoreSettings | undefined {
  return settingsIn(
    Object.fromEntries(rows.map(({ scheme }) => [scheme, parsed(variable(scheme), env[variable(scheme)])])),
  )
}

function parsed(name: string, text: string | undefined): object | undefined {
  if (!text) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new PipelineError({
    code: 'E_USAGE',
    failure: 'usage',
    message: `${name} is not a JSON object`,
    found: text,
  })
}
