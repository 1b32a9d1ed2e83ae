import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPackage, ownPackage } from '../../core/optional-package.js'
import type { Runtime } from '../session.js'

type Package = 'onnxruntime-node' | 'onnxruntime-web'

const versions = new Map<Package, string | undefined>()

/** `onnxruntime-node 1.30.0`, read from the installed package without loading it. */
export function versionOf(name: Package): string {
  const version = versionOrNone(name)
  return version === undefined ? `${name} (not installed)` : `${name} ${version}`
}

/**
 * The runtime that `openSession` will choose on this machine, for fingerprints: `onnxruntime-node 1.30.0` or
 * `onnxruntime-web 1.30.0`. Cheap enough for planning: it only reads a package.json and checks that the
 * library's file exists.
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

/** The published library is linked against glibc: on musl (Alpine) it exists but does not load. */
function usesGlibc(): boolean {
  return (
    !existsSync(`/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`) ||
    existsSync('/lib64/ld-linux-x86-64.so.2')
  )
}

function versionOrNone(name: Package): string | undefined {
  if (!versions.has(name)) versions.set(name, installed(name)?.version)
  return versions.get(name)
}

/** The native library may be installed by the application; the WebAssembly build is a dependency. */
function installed(name: Package) {
  return name === 'onnxruntime-node' ? findPackage(name) : ownPackage(name)
}
