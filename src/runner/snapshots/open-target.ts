import { stat } from 'node:fs/promises'
import { PipelineError } from '../../core/error.js'
import { locate } from '../../io/store/backends.js'
import { settingsIn } from '../../io/store/settings.js'
import type { Store } from '../../io/store/store.js'
import { loadProfileWithoutPlugins } from '../../manifest/profile.js'
import { openHead } from '../open-manifest.js'
import { openResults } from '../store-format.js'

export interface TargetOptions {
  readonly profile?: string | undefined
  readonly store?: string | undefined
}

/** Opens a store by its folder or URI, or by a manifest that uses it. Throws `E_NO_STORE`. */
export async function openTarget(target: string, options: TargetOptions): Promise<Store> {
  if (/\.(ya?ml|json)$/i.test(target)) {
    const { setup } = await openHead(target, options)
    return openResults(setup.store, setup.settings)
  }
  const { backend, key } = locate(target)
  if (backend.local && !(await stat(key).catch(() => undefined))?.isDirectory())
    throw new PipelineError({
      code: 'E_NO_STORE',
      failure: 'usage',
      message: 'there is no store here',
      place: target,
      expected: 'the folder or URI of a store, or a manifest',
    })
  return openResults(target, settingsIn((await loadProfileWithoutPlugins(options.profile)) ?? {}))
}

/** Opens the one store of several manifests and stores. */
export async function openSharedTarget(targets: readonly string[], options: TargetOptions): Promise<Store> {
  let store: Store | undefined
  for (const target of targets) {
    const opened = await openTarget(target, options)
    if (store && store.uri !== opened.uri)
      throw new PipelineError({
        code: 'E_USAGE',
        failure: 'usage',
        message: 'these manifests use different stores',
        expected: store.uri,
        found: opened.uri,
      })
    store = opened
  }
  if (store) return store
  throw new PipelineError({ code: 'E_USAGE', failure: 'usage', message: 'name a store or a manifest' })
}
