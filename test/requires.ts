import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type Implementation, type TestFn } from 'ava'
import { programOf as readersProgramOf } from '../scripts/readers/cache.js'
import { accountingInstalled, slurmInstalled } from '../scripts/slurm/cluster.js'
import { programOf as serverProgramOf } from '../scripts/test-servers/cache.js'
import { packagePath } from '../src/core/package-path.js'
import { sharedFolder } from './shared.js'

/**
 * What some tests need and a machine may lack. A test whose requirement is missing is skipped, never counted
 * as passed; where the gate installs the requirement, it fails instead.
 */
export interface Requirement {
  /** Why the test cannot run, as the end of a sentence; undefined where it can. */
  readonly missing: () => string | undefined
  /** `.ci/run` installs it before `npm test`, so in CI its absence is a mistake. */
  readonly in_ci?: boolean
}

const installServers = 'run `node --import=tsx scripts/test-servers/install.ts --all`'
const installReaders = 'run `node --import=tsx scripts/readers/install.ts --all`'

export const python = process.env.COTERIE_PYTHON ?? 'python3'
export const chromiumPath = process.env.COTERIE_CHROMIUM ?? '/usr/bin/chromium'

const slurmMissing = '`node --import=tsx scripts/slurm-test.ts` installs Slurm and runs it'

export const requirements = {
  chromium: {
    missing: () =>
      unless(existsSync(chromiumPath), `there is no Chromium at ${chromiumPath}; set COTERIE_CHROMIUM`),
    in_ci: true,
  },
  python: { missing: () => unless(runs(python, ['--version']), `${python} is not installed`), in_ci: true },
  pillow: {
    missing: () => unless(runs(python, ['-c', 'import PIL']), `${python} has no Pillow; set COTERIE_PYTHON`),
    in_ci: true,
  },
  strace: { missing: () => unless(runs('strace', ['-V']), 'strace is not installed'), in_ci: true },
  tracing: {
    missing: () =>
      unless(
        runs('strace', ['-f', '--seccomp-bpf', '-e', 'trace=fsync', 'true']),
        'strace may not trace here',
      ),
  },
  moto: {
    missing: () => unless(serverProgramOf('moto'), `moto is not installed; ${installServers}`),
    in_ci: true,
  },
  versitygw: {
    missing: () => unless(serverProgramOf('versitygw'), `versitygw is not installed; ${installServers}`),
    in_ci: true,
  },
  readers: {
    missing: () =>
      unless(readersProgramOf('readers', 'python'), `the readers are not installed; ${installReaders}`),
    in_ci: true,
  },
  img2dataset: {
    missing: () =>
      unless(
        readersProgramOf('img2dataset', 'img2dataset'),
        `img2dataset is not installed; ${installReaders}`,
      ),
    in_ci: true,
  },
  hnswlib: {
    missing: () => unless(hnswlibIsBuilt(), 'hnswlib-node is not built; run `npm rebuild hnswlib-node`'),
    in_ci: true,
  },
  terraform: { missing: () => unless(runs('terraform', ['version']), 'terraform is not installed') },
  root: { missing: () => unless(process.getuid?.() === 0, 'only root may start processes of other users') },
  mounting: { missing: () => unless(mayMount(), 'this user may not mount a file system') },
  secondFileSystem: {
    missing: () => unless(isSecondFileSystem('/dev/shm'), 'there is no second file system at /dev/shm'),
  },
  sharedData: {
    missing: () => unless(sharedFolder(), 'there is no ../shared/data; set COTERIE_SHARED'),
  },
  minutes: {
    missing: () => unless(process.env.COTERIE_LONG, 'it takes minutes; set COTERIE_LONG=1'),
  },
  slurm: { missing: () => unless(onSlurm() && slurmInstalled(), slurmMissing) },
  slurmAccounting: { missing: () => unless(onSlurm() && accountingInstalled(), slurmMissing) },
} as const satisfies Record<string, Requirement>

export interface GuardedTest<Context> {
  (title: string, implementation: Implementation<[], Context>): void
  serial(title: string, implementation: Implementation<[], Context>): void
  /** Whether the tests run. Hooks that start what they need ask this. */
  readonly available: boolean
}

/**
 * `test` where every requirement is there. Where one is missing its tests are skipped, with the reason in
 * their titles; in CI they fail where the gate installs the requirement (COTERIE_ALLOW_SKIPS=1 skips them).
 *
 *     const straceTest = testWith([requirements.strace])
 */
export function testWith<Context = unknown>(
  required: readonly Requirement[],
  test: TestFn<Context> = anyTest as TestFn<Context>,
): GuardedTest<Context> {
  for (const requirement of required) {
    const reason = requirement.missing()
    if (reason === undefined) continue
    const fails =
      requirement.in_ci && process.env.CI === 'true' && process.env.COTERIE_ALLOW_SKIPS === undefined
    const register = fails
      ? (title: string) => test(title, (t) => t.fail(`in CI this test has to run, but ${reason}`))
      : (title: string, implementation: Implementation<[], Context>) =>
          test.skip(`${title} (skipped: ${reason})`, implementation)
    return Object.assign(register, { serial: register, available: false })
  }
  const register = (title: string, implementation: Implementation<[], Context>) => test(title, implementation)
  const serial = (title: string, implementation: Implementation<[], Context>) =>
    test.serial(title, implementation)
  return Object.assign(register, { serial, available: true })
}

function unless(met: unknown, reason: string): string | undefined {
  return met ? undefined : reason
}

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

function onSlurm(): boolean {
  return process.env.COTERIE_SLURM === '1' && existsSync(packagePath('dist', 'cli', 'main.js'))
}

function isSecondFileSystem(folder: string): boolean {
  return existsSync(folder) && statSync(folder).dev !== statSync(tmpdir()).dev
}

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-mount-'))
  const mounted = runs('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
  if (mounted) runs('umount', [folder])
  rmSync(folder, { recursive: true })
  return mounted
}

function hnswlibIsBuilt(): boolean {
  try {
    createRequire(import.meta.url)('hnswlib-node')
    return true
  } catch {
    return false
  }
}
