import { spawnSync } from 'node:child_process'
import { accountingInstalled, slurmInstalled } from './slurm/cluster.js'

/**
 * Installs Slurm from Debian's packages if it is missing (as root), and runs the cases of `test/slurm` on
 * private clusters in scratch folders, with and without accounting. Other arguments are passed to AVA. Needs
 * a build: `npm run -s build`.
 */
if (!accountingInstalled()) {
  console.error('installing slurm-wlm, munge, slurmdbd and mariadb-server')
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'slurm-wlm', 'munge'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'slurmdbd', 'mariadb-server'])
}
if (!accountingInstalled()) console.error('accounting could not be installed: its case is skipped')
if (!slurmInstalled()) {
  console.error('Slurm could not be installed: 0 passed, 0 failed')
  process.exit(1)
}
const { status, stdout } = spawnSync(
  'npx',
  ['ava', '--tap', 'test/slurm/*.test.ts', ...process.argv.slice(2)],
  {
    env: { ...process.env, COTERIE_SLURM: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  },
)
process.stdout.write(stdout)
const count = (pattern: RegExp) => stdout.match(pattern)?.length ?? 0
const skipped = count(/^ok .*# SKIP/gm)
console.log(
  `${count(/^ok /gm) - skipped} passed, ${count(/^not ok /gm)} ` +
    `failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
)
process.exitCode = status ?? 1

function run(program: string, args: string[]): void {
  const { status: code } = spawnSync(program, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 10 * 60_000,
  })
  if (code !== 0) console.error(`${program} ${args[0]} failed`)
}
