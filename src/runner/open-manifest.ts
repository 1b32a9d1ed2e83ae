import { manifestError } from '../manifest/yaml/diagnose.js'
import { loadManifest, type Manifest } from '../manifest/load.js'
import { loadProfile, type Profile } from '../manifest/profile.js'
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
}> {
  const stages = await stagesOf()
  const { manifest, diagnostics } = await loadManifest(path, {
    stages: stages.all,
    set: [...(options.set ?? [])],
    env: process.env,
  })
  if (!manifest) throw manifestError('manifest', path, diagnostics)
  const profile = await loadProfile(options.profile ?? manifest.profile)
  const settings = settingsIn(profile ?? {})
  const setup: RunSetup = {
    store: options.store ?? manifest.store,
    ...(settings ? { settings } : {}),
    ...(profile?.local.scratch ? { scratch: profile.local.scratch } : {}),
    log_level: options.log_level ?? 'warn',
  }
  return { manifest, setup, workers: profile?.local.workers, profile, stages }
}
