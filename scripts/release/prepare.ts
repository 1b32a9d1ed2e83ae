import { execFileSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Fragment, hasRelease, readFragments, withRelease } from './changelog.js'
import { lockWithVersion, missingFields, type PackageFile, readPackages, withVersion } from './packages.js'

export interface Release {
  readonly version: string
  readonly packages: readonly PackageFile[]
  readonly fragments: readonly Fragment[]
  /** Required package fields that are missing. Nothing is published while there are any. */
  readonly missing: readonly string[]
  /** New texts of the files to write, by path from the root. */
  readonly writes: ReadonlyMap<string, string>
  /** Commands that commit, tag and publish, in order. */
  readonly commands: readonly (readonly string[])[]
}

/** Checks that the version can be released, and plans the release; changes nothing. */
export async function planRelease(root: string, version: string): Promise<Release> {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${version} is not a version of the form X.Y.Z`)
  const dirty = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).trim()
  if (dirty !== '') throw new Error(`the working tree is not clean:\n${dirty}`)
  const [packages, fragments, changelog, lock] = await Promise.all([
    readPackages(root),
    readFragments(root),
    readFile(join(root, 'CHANGELOG.md'), 'utf8').catch(() => ''),
    readFile(join(root, 'package-lock.json'), 'utf8'),
  ])
  for (const { path, version: before } of packages) {
    if (before !== packages[0]?.version)
      throw new Error(`${path} has version ${before}, package.json has ${packages[0]?.version}`)
    if (order(version, before) < 0) throw new Error(`${version} is lower than ${before} in ${path}`)
  }
  if (hasRelease(changelog, version)) throw new Error(`CHANGELOG.md already has a section for ${version}`)
  if (fragments.length === 0) throw new Error('changes/ has no fragments, so there is nothing to release')
  return {
    version,
    packages,
    fragments,
    missing: missingFields(packages),
    writes: new Map([
      ...packages.map((file) => [file.path, withVersion(file, version, packages)] as const),
      ['package-lock.json', lockWithVersion(lock, version, packages)],
      ['CHANGELOG.md', withRelease(changelog, version, fragments)],
    ]),
    commands: [
      ['git', 'add', '--all'],
      ['git', 'commit', '--message', `Release ${version}`],
      ['git', 'tag', '--annotate', `v${version}`, '--message', `Release ${version}`],
      ['npm', 'publish', '--workspaces', '--include-workspace-root'],
      ['git', 'push', '--follow-tags'],
    ],
  }
}

/** Writes versions and changelog, and removes the gathered fragments. */
export async function writeRelease(root: string, release: Release): Promise<void> {
  for (const [path, text] of release.writes) await writeFile(join(root, path), text)
  for (const { file } of release.fragments) await rm(join(root, 'changes', file))
}

function order(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  return (
    [0, 1, 2].map((i) => (left?.[i] ?? 0) - (right?.[i] ?? 0)).find((difference) => difference !== 0) ?? 0
  )
}
