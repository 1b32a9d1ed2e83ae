import { dirname, join, resolve } from 'node:path'
import { group } from '../core/field.js'
import type { Checking } from './check/checking.js'
import { checkValue } from './check/check.js'
import type { Environment } from './check/env.js'
import { manifestLabel, manifestOwner } from './check/naming.js'
import { manifestFields } from './fields/manifest-fields.js'
import type { Manifest } from './manifest.js'
import { pluginsNamed } from './plugins-member.js'
import { applyOverrides, overrideNames, parseSet } from './set.js'
import { isShippedName } from './shipped.js'
import { type Diagnostic, inReadingOrder } from './yaml/diagnose.js'
import { type Located, memberOf } from './yaml/located.js'
import { readYamlFile } from './yaml/read-file.js'
import { wholeOf } from './yaml/source.js'

/** The members of a manifest that locate its results. */
export interface ManifestHead extends Pick<Manifest, 'name' | 'store' | 'profile'> {
  /** Whether it or its pipeline names plugins, which must not be loaded just to inspect a run. */
  readonly has_plugins: boolean
}

/**
 * Reads name, store and profile of a manifest and checks nothing else, so that neither its pipeline nor its
 * stages need to be known.
 */
export async function loadHead(
  path: string,
  options: { readonly set?: readonly string[] | undefined; readonly env?: Environment | undefined },
): Promise<{ readonly head: ManifestHead | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  const folder = dirname(resolve(path))
  const file = await readYamlFile(path, path)
  if (file.root.kind === 'refused') return { head: undefined, diagnostics: file.diagnostics }
  const all = manifestFields(group({}, { doc: '' }))
  const { overrides } = parseSet(options.set ?? [], Object.keys(all))
  const written = applyOverrides(
    file.root.kind === 'map' ? { ...file.root, at: wholeOf(file.source) } : file.root,
    overrides,
  )
  const members = { name: all.name!, store: all.store!, profile: all.profile! }
  const root =
    written.kind === 'map'
      ? { ...written, members: written.members.filter(({ key }) => key in members) }
      : written
  const diagnostics: Diagnostic[] = []
  const checking: Checking = {
    environment: options.env ?? process.env,
    folder,
    diagnostics,
    owner: manifestOwner([], undefined),
    label: manifestLabel,
  }
  const value = checkValue(
    root,
    { shape: { kind: 'group', members }, doc: 'The manifest.' },
    [],
    checking,
  ) as Pick<Manifest, 'name' | 'store' | 'profile'> | undefined
  if (!value || diagnostics.length > 0)
    return {
      head: undefined,
      diagnostics: inReadingOrder(diagnostics, [path, ...overrideNames(options.set)]),
    }
  const { name, store, profile } = value
  return {
    head: {
      name,
      store,
      profile: profile === undefined || isShippedName(profile) ? profile : resolve(folder, profile),
      has_plugins: pluginsNamed(written, folder).length > 0 || (await pipelineHasPlugins(written, folder)),
    },
    diagnostics,
  }
}

async function pipelineHasPlugins(root: Located, folder: string): Promise<boolean> {
  const named = memberOf(root, 'pipeline')?.value
  if (named?.kind !== 'scalar' || typeof named.value !== 'string' || isShippedName(named.value)) return false
  const path = join(folder, named.value)
  return pluginsNamed((await readYamlFile(path, path)).root, dirname(path)).length > 0
}
