import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Runtime } from '../session.js'

type Package = 'onnxruntime-node' | 'onnxruntime-web'

const require = createRequire(import.meta.url)
const known = new Map<Package, string | undefined>()

/** `onnxruntime-node 1.30.0`, read from the installed package without loading it. */
export function versionOf(name: Package): string {
  const version = versionOrNone(name)
  return version === undefined ? `${name} (not installed)` : `${name} ${version}`
}

/**
 * The runtime that `openSession` will choose here, for fingerprints: `onnxruntime-node 1.30.0` or
 * `onnxruntime-web 1.30.0`. Cheap enough for planning: it reads a package.json and looks for the library's
 * file, and loads nothing.
 */
export function runtimeVersion(runtime: Runtime = 'auto'): string {
  if (runtime === 'wasm' || (runtime === 'auto' && !nativeIsPresent())) return versionOf('onnxruntime-web')
  return versionOf('onnxruntime-node')
}

function nativeIsPresent(): boolean {
  const folder = folderOf('onnxruntime-node')
  if (folder === undefined) return false
  const library = join(folder, 'bin', 'napi-v6', process.platform, process.arch, 'onnxruntime_binding.node')
  return existsSync(library) && (process.platform !== 'linux' || usesGlibc())
}

/** The published library is linked against glibc; on musl (Alpine) it is there and does not load. */
function usesGlibc(): boolean {
  return (
    !existsSync(`/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`) ||
    existsSync('/lib64/ld-linux-x86-64.so.2')
  )
}

function versionOrNone(name: Package): string | undefined {
  if (!known.has(name)) {
    const folder = folderOf(name)
    known.set(
      name,
      folder === undefined
        ? undefined
        : (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version,
    )
  }
  return known.get(name)
}

/** The package's root. Resolved through its main file, because `exports` may hide package.json. */
function folderOf(name: Package): string | undefined {
  try {
    let folder = dirname(require.resolve(name))
    while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
    return folder
  } catch {
    return undefined
  }
}
