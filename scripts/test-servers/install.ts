import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheFolder, installed, versions } from './cache.js'

/**
 * Installs the S3 servers that the contract suite runs against: versitygw (needs Go) and moto (needs Python).
 * What cannot be installed is reported, and the suite skips it.
 */
const ok = [installVersitygw(), installMoto()]
process.exitCode = process.argv.includes('--all') && ok.includes(false) ? 1 : 0

function installVersitygw(): boolean {
  if (existsSync(installed.versitygw)) return said('versitygw', 'is there')
  const building = join(cacheFolder, `building-${process.pid}`)
  mkdirSync(building, { recursive: true })
  const built = run('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${versions.versitygw}`], {
    GOBIN: building,
    CGO_ENABLED: '0',
  })
  if (built) {
    mkdirSync(dirname(installed.versitygw), { recursive: true })
    renameSync(join(building, 'versitygw'), installed.versitygw)
  }
  rmSync(building, { recursive: true, force: true })
  return built && said('versitygw', `${versions.versitygw} installed`)
}

function installMoto(): boolean {
  if (existsSync(installed.moto)) return said('moto', 'is there')
  const folder = dirname(dirname(installed.moto))
  rmSync(folder, { recursive: true, force: true })
  const made =
    run('python3', ['-m', 'venv', folder]) &&
    run(join(folder, 'bin', 'pip'), ['install', '--quiet', `moto[s3,server]==${versions.moto}`])
  if (!made) rmSync(folder, { recursive: true, force: true })
  return made && said('moto', `${versions.moto} installed`)
}

function run(program: string, args: string[], env: Record<string, string> = {}): boolean {
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    timeout: 15 * 60_000,
  })
  if (status !== 0)
    console.error(`test servers: ${program} ${args[0]} failed${error ? `: ${error.message}` : ''}`)
  return status === 0
}

function said(server: string, what: string): true {
  console.error(`test servers: ${server} ${what}`)
  return true
}
