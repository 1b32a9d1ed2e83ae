import { dirname, resolve } from 'node:path'
import { checkValue } from './check/check.js'
import type { Checking } from './check/checking.js'
import { type Diagnostic, diagnose, manifestError } from './yaml/diagnose.js'
import type { Environment } from './check/env.js'
import type { OptionsOf } from '../core/field.js'
import { isPluginMember } from '../core/plugin-name.js'
import { didYouMean } from './check/hint.js'
import { isShippedName, shippedFile, shippedNames } from './shipped.js'
import { type profileFields, profileFieldsOf } from './fields/profile-fields.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import { type Member, memberOf } from './yaml/located.js'
import { readYamlFile } from './yaml/read-file.js'
import { wholeOf } from './yaml/source.js'

/** Where and how tasks run; nothing about the data. */
export type Profile = OptionsOf<typeof profileFields>

/**
 * Loads a shipped profile by name, or a file by path (relative to the working directory). `executor` may be
 * any scheduler of the table. Throws one error with every mistake (exit 3).
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

/**
 * Loads a profile without plugins. If its scheduler is a plugin's, the result uses the local executor, since
 * the queue cannot be queried.
 */
export async function loadProfileWithoutPlugins(
  nameOrPath: string | undefined,
): Promise<Profile | undefined> {
  if (nameOrPath === undefined) return undefined
  const { root } = await readYamlFile(profilePath(nameOrPath), nameOrPath)
  const executor = memberOf(root, 'executor')?.value
  const ofPlugin =
    executor?.kind === 'scalar' && typeof executor.value === 'string' && isPluginMember(executor.value)
  if (!ofPlugin) return loadProfile(nameOrPath)
  const { profile, diagnostics } = await readProfile(nameOrPath, process.env, schedulers, (members) =>
    members.filter(({ key }) => key !== 'executor' && key in profileFieldsOf(schedulers)),
  )
  if (!profile) throw manifestError('profile', nameOrPath, diagnostics)
  return profile
}

/** Reads `allow_plugins` of a profile on its own, since its `executor` may be a plugin's. */
export async function allowsPlugins(nameOrPath: string | undefined): Promise<boolean> {
  if (nameOrPath === undefined) return false
  const { root } = await readYamlFile(profilePath(nameOrPath), nameOrPath)
  const value = memberOf(root, 'allow_plugins')?.value
  return value?.kind === 'scalar' && value.value === true
}

function profilePath(nameOrPath: string): string {
  return isShippedName(nameOrPath) ? shippedFile('profiles', nameOrPath) : resolve(nameOrPath)
}

export async function readProfile(
  nameOrPath: string,
  env: Environment,
  table: SchedulerTable = schedulers,
  chosen: (members: readonly Member[]) => readonly Member[] = (members) => members,
): Promise<{ profile: Profile | undefined; diagnostics: readonly Diagnostic[] }> {
  const shipped = isShippedName(nameOrPath)
  const path = profilePath(nameOrPath)
  const file = await readYamlFile(path, nameOrPath)
  if (file.diagnostics.some(({ code }) => code === 'E_FILE_MISSING')) {
    const hint = shipped
      ? (didYouMean(nameOrPath, await shippedNames('profiles')) ??
        'name your own profile by its path: ./profile.yaml')
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
  const { root } = file
  const value = checkValue(
    root.kind === 'map' ? { ...root, members: chosen(root.members) } : root,
    { shape: { kind: 'group', members: profileFieldsOf(table) }, doc: 'A profile.' },
    [],
    checking,
  )
  return { profile: diagnostics.length === 0 ? (value as unknown as Profile) : undefined, diagnostics }
}
