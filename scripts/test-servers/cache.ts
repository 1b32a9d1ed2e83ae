import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Versions that the contract suite is known to pass with; older ones have races (docs/decisions/0121). */
export const versions = { versitygw: 'v1.8.0', moto: '5.2.1' } as const

/** Kept between checkouts, since building versitygw takes a minute or more. */
export const cacheFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'coterie',
  'test-servers',
)

export const installed = {
  versitygw: join(cacheFolder, `versitygw-${versions.versitygw}`, 'versitygw'),
  moto: join(cacheFolder, `moto-${versions.moto}`, 'bin', 'moto_server'),
}

/** Path of a server's program: from the environment, the cache, or PATH. */
export function programOf(server: keyof typeof installed): string | undefined {
  const given = process.env[`COTERIE_${server.toUpperCase()}`]
  const name = server === 'moto' ? 'moto_server' : 'versitygw'
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return [given, installed[server], ...onPath].find((path) => path && existsSync(path))
}
