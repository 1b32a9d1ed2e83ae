import { systemClock } from '../core/clock.js'
import { type ManifestOptions, openManifest } from '../runner/open-manifest.js'
import { runBy } from '../runner/owner.js'
import { openStorage } from '../runner/storage.js'
import { type Cancelled, cancelRun } from './cancel.js'
import { openScheduler } from './open-scheduler.js'

/** Cancels the jobs of a manifest. Its inputs are not read: they may be gone. */
export async function cancelManifest(
  path: string,
  options: ManifestOptions & { readonly ids?: readonly string[] | undefined },
): Promise<Cancelled> {
  const { manifest, setup, profile, plugins } = await openManifest(path, options)
  const { store } = await openStorage(setup)
  return cancelRun({
    store,
    scheduler: await openScheduler(profile, store.uri, plugins.schedulers),
    clock: systemClock,
    by: await runBy(path),
    name: manifest.name,
    ids: options.ids,
  })
}
