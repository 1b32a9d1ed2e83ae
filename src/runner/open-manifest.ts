import { manifestError } from '../manifest/yaml/diagnose.js'
import { loadHead, type ManifestHead } from '../manifest/load-head.js'
import { loadManifest, type Manifest } from '../manifest/load.js'
import { loadProfile, type Profile } from '../manifest/profile.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import type { StageRegistry } from '../stages/stage-registry.js'
import { settingsIn } from '../io/store/settings.js'
import { stagesOf } from './stages.js'
import type { RunSetup } from './storage.js'
import type { LogLevel } from './stderr-logger.js'

export interface ManifestOptions {
  /** Overrides, `stage.option=value`. */
  readonly set?: readonly string[] | undefined
  readonly store?: string | undefined
  readonly profile?: string | undefined
  readonly log_level?: LogLevel | undefined
}

/**
 * A checked manifest and where its run works. Touches neither inputs nor store. Throws `E_MANIFEST` with
 * every mistake at once.
 */
export async function openManifest(
  path: string,
  options: ManifestOptions,
): Promise<{
  manifest: Manifest
  setup: RunSetup
  workers: number | undefined
  profile: Profile | undefined
  stages: StageRegistry
  schedulers: SchedulerTable
}> {
  const stages = await stagesOf()
  const { manifest, diagnostics } = await loadManifest(path, {
    stages: stages.all,
    set: [...(options.set ?? [])],
    env: process.env,
  })
  if (!manifest) throw manifestError('manifest', path, diagnostics)
  const { setup, profile } = await openSetup(manifest, options, schedulers)
  return { manifest, setup, workers: profile?.local.workers, profile, stages, schedulers }
}

/**
 * Where the results of a manifest are, whatever stages it has: for what works from locks and records alone.
 * Throws `E_MANIFEST` where name, store or profile are wrong.
 */
export async function openHead(
  path: string,
  options: ManifestOptions,
): Promise<{ name: string; setup: RunSetup; profile: Profile | undefined }> {
  const { head, diagnostics } = await loadHead(path, { set: options.set, env: process.env })
  if (!head) throw manifestError('manifest', path, diagnostics)
  return { name: head.name, ...(await openSetup(head, options, schedulers)) }
}

async function openSetup(
  head: ManifestHead,
  options: ManifestOptions,
  table: SchedulerTable,
): Promise<{ setup: RunSetup; profile: Profile | undefined }> {
  const profile = await loadProfile(options.profile ?? head.profile, process.env, table)
  const settings = settingsIn(profile ?? {})
  const setup: RunSetup = {
    store: options.store ?? head.store,
    ...(settings ? { settings } : {}),
    ...(profile?.local.scratch ? { scratch: profile.local.scratch } : {}),
    log_level: options.log_level ?? 'warn',
  }
  return { setup, profile }
}
