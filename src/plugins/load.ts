import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packagePath } from '../core/package-path.js'
import { refused, type PluginBundle } from './bundle.js'
import { checkedPlugin, type Plugin } from './plugin.js'

const loaded = new Map<string, Promise<Plugin>>()

/**
 * Runs a plugin's module and returns its default export. Imports a copy of the bundle in a folder of this
 * process, since the original files may have changed after the digest was computed.
 */
export function loadPlugin(bundle: PluginBundle, place: string): Promise<Plugin> {
  const known = loaded.get(bundle.digest)
  if (known) return known
  const loading = importBundle(bundle, place)
  loaded.set(bundle.digest, loading)
  return loading
}

async function importBundle(bundle: PluginBundle, place: string): Promise<Plugin> {
  const folder = await unpack(bundle)
  const url = pathToFileURL(join(folder, bundle.entry)).href
  const module = (await import(url).catch((cause: unknown) => {
    throw refused(place, 'the plugin cannot be loaded', {
      found: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  })) as { readonly default?: unknown }
  return checkedPlugin(module.default, place)
}

/**
 * Writes the bundle into a folder that is removed when the process ends; `coterie/…` in it resolves to this
 * installation.
 */
async function unpack(bundle: PluginBundle): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `coterie-plugin-${bundle.digest.slice(0, 12)}-`))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const { name, bytes } of bundle.files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await symlink(packagePath(), join(folder, 'node_modules', 'coterie'), 'dir')
  return folder
}
