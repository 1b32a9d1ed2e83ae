import { manifestError } from '../manifest/yaml/diagnose.js'
import { loadHead, type ManifestHead } from '../manifest/load-head.js'
import { loadManifest, type Manifest } from '../manifest/load.js'
import { loadProfile, loadProfileWithoutPlugins, type Profile } from '../manifest/profile.js'
import type { PlanNode } from '../planner/plan.js'
import { builtinStages } from '../stages/builtin-stages.js'
import { type StageRegistry, stageRegistry } from '../stages/stage-registry.js'
import { settingsIn } from '../io/store/settings.js'
import { type ManifestPlugins, manifestPlugins, type TrustOptions } from './manifest-plugins.js'
import type { RunSetup } from './storage.js'
import type { LogLevel } from './stderr-logger.js'

export interface ManifestOptions extends TrustOptions {
  /** Overrides, `stage.option=value`. */
  readonly set?: readonly string[] | undefined
  readonly store?: string | undefined
  /** A lock file to read or write instead of the one next to the manifest. */
  readonly lock?: string | undefined
  readonly log_level?: LogLevel | undefined
}

/**
 * Loads and checks a manifest and its profile, without touching inputs or store. Throws `E_MANIFEST` with
 * all mistakes at once.
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
  plugins: ManifestPlugins
}> {
  const plugins = manifestPlugins(options)
  const { manifest, diagnostics } = await loadManifest(path, {
    stages: builtinStages.all,
    plugins: plugins.load,
    set: [...(options.set ?? [])],
    env: process.env,
  })
  if (!manifest) throw manifestError('manifest', path, diagnostics)
  const profile = await loadProfile(options.profile ?? manifest.profile, process.env, plugins.schedulers)
  const setup: RunSetup = {
    ...setupOf(manifest, profile, options),
    ...(plugins.bundles.length > 0 ? { plugins: plugins.bundles.map(({ digest }) => digest) } : {}),
  }
  const stages =
    plugins.stages.length > 0 ? stageRegistry([...builtinStages.all, ...plugins.stages]) : builtinStages
  return { manifest, setup, workers: profile?.local.workers, profile, stages, plugins }
}

/** The nodes of its pipeline, with their options. */
export function nodesOf({
  manifest,
  stages,
}: {
  readonly manifest: Pick<Manifest, 'pipeline' | 'stages'>
  readonly stages: StageRegistry
}): readonly PlanNode[] {
  return manifest.pipeline.nodes.map((node): PlanNode => ({
    name: node.name,
    stage: stages.get(node.stage),
    options: manifest.stages[node.name] ?? {},
    takes: node.takes,
  }))
}

/**
 * Loads only the name, store and profile of a manifest, for commands that work from locks and records.
 * Throws `E_MANIFEST` if one of them is wrong.
 */
export async function openHead(
  path: string,
  options: ManifestOptions,
): Promise<{ name: string; setup: RunSetup; profile: Profile | undefined; has_plugins: boolean }> {
  const { head, diagnostics } = await loadHead(path, { set: options.set, env: process.env })
  if (!head) throw manifestError('manifest', path, diagnostics)
  const profile = await loadProfileWithoutPlugins(options.profile ?? head.profile)
  return { name: head.name, has_plugins: head.has_plugins, setup: setupOf(head, profile, options), profile }
}

function setupOf(
  { store }: Pick<ManifestHead, 'store'>,
  profile: Profile | undefined,
  options: ManifestOptions,
): RunSetup {
  const settings = settingsIn(profile ?? {})
  return {
    store: options.store ?? store,
    ...(settings ? { settings } : {}),
    ...(profile?.local.scratch ? { scratch: profile.local.scratch } : {}),
    log_level: options.log_level ?? 'warn',
  }
}
