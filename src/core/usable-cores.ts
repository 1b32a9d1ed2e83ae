import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Number of cores that this process may use, at least 1: those that the system offers it, or fewer if a
 * control group limits its share of time. Containers and Slurm's jobs are limited in this way.
 */
export function usableCores(
  offered: number = availableParallelism(),
  { groups = '/proc/self/cgroup', root = '/sys/fs/cgroup' } = {},
): number {
  const quotas = (read(groups) ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) return []
    if (controllers === '') return upwards(path).map((folder) => ofMax(join(root, folder)))
    if (!controllers.split(',').includes('cpu')) return []
    // The folder has the name of its controllers; in a container, it shows only the group of the container.
    return ['cpu', controllers].flatMap((name) =>
      upwards(path).map((folder) => ofPeriods(join(root, name, folder))),
    )
  })
  const cores = quotas.reduce<number>((least, quota) => Math.min(least, quota ?? Infinity), offered)
  return Math.max(1, Math.floor(cores))
}

/** The folder itself and those above it. */
function upwards(path: string): string[] {
  const above = dirname(path)
  return above === path ? [path] : [path, ...upwards(above)]
}

/** `cpu.max` of version 2: `max 100000`, or microseconds for each period. */
function ofMax(folder: string): number | undefined {
  const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').trim().split(' ').map(Number)
  return share(quota, period)
}

/** Version 1: a quota of -1 is no limit. */
function ofPeriods(folder: string): number | undefined {
  const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) =>
    Number(read(join(folder, name)) ?? Number.NaN),
  )
  return share(quota, period)
}

function share(quota: number | undefined, period: number | undefined): number | undefined {
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
