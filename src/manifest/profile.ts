import { dirname, resolve } from 'node:path'
import { checkValue } from './check/check.js'
import type { Checking } from './check/checking.js'
import { type Diagnostic, diagnose, manifestError } from './yaml/diagnose.js'
import type { Environment } from './check/env.js'
import type { OptionsOf } from '../core/field.js'
import { didYouMean } from './check/hint.js'
import { isShippedName, shippedFile, shippedNames } from './shipped.js'
import { type profileFields, profileFieldsOf } from './fields/profile-fields.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import { readYamlFile } from './yaml/read-file.js'
import { wholeOf } from './yaml/source.js'

/** Where and how tasks run: everything about the place, nothing about the data. */
export type Profile = OptionsOf<typeof profileFields>

/**
 * A shipped profile by name, or a file by path (relative to the working directory); `executor` is any
 * scheduler of the table. Throws one error with every mistake (exit 3).
 */
export async function loadProfile(
  nameOrPath: string | undefined,
  env: Environment = process.env,
  table: SchedulerTable = schedulers,
): Promise<Profile | undefined> {
  if (nameOrPath === undefined) return undefined
  const { profile, diagnostics } = await readProfile(nameOrPath, env, table)
  if (!profile) throw manifestError('profile', nameOrPath, diagnostics)
  return profile
}

export async function readProfile(
  nameOrPath: string,
  env: Environment,
  table: SchedulerTable = schedulers,
): Promise<{ profile: Profile | undefined; diagnostics: readonly Diagnostic[] }> {
  const shipped = isShippedName(nameOrPath)
  const path = shipped ? shippedFile('profiles', nameOrPath) : resolve(nameOrPath)
  const file = await readYamlFile(path, nameOrPath)
  if (file.diagnostics.some(({ code }) => code === 'E_FILE_MISSING')) {
    const hint = shipped
      ? (didYouMean(nameOrPath, await shippedNames('profiles')) ??
        'a profile of your own is given by its path: ./profile.yaml')
      : undefined
    const mistake = { code: 'E_UNKNOWN_PROFILE', message: `there is no profile \`${nameOrPath}\``, hint }
    return {
      profile: undefined,
      diagnostics: [diagnose(wholeOf({ ...file.source, name: '--profile' }), mistake)],
    }
  }
  const diagnostics = [...file.diagnostics]
  const checking: Checking = {
    environment: env,
    folder: dirname(path),
    diagnostics,
    owner: (at) => ({
      code: 'E_UNKNOWN_OPTION',
      text: at.length === 0 ? 'a member of a profile' : `a member of \`${at.join('.')}\``,
    }),
    label: (at) => (at.length === 0 ? 'the profile' : `\`${at.join('.')}\``),
  }
  const value = checkValue(
    file.root,
    { shape: { kind: 'group', members: profileFieldsOf(table) }, doc: 'A profile.' },
    [],
    checking,
  )
  return { profile: diagnostics.length === 0 ? (value as unknown as Profile) : undefined, diagnostics }
}
