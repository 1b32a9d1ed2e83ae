import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPackage, ownPackage } from '../../core/optional-package.js'
import type { Runtime } from '../session.js'

type Package = 'onnxruntime-node' | 'onnxruntime-web'

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
  const folder = installed('onnxruntime-node')?.folder
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
  if (!known.has(name)) known.set(name, installed(name)?.version)
  return known.get(name)
}

/** The native library may be the application's; the WebAssembly build is a dependency of Coterie. */
function installed(name: Package) {
  return name === 'onnxruntime-node' ? findPackage(name) : ownPackage(name)
}
