import { settingsFromEnvironment } from '../io/store/settings.js'
import { extensionsOf } from '../runner/loaded-plugins.js'
import { openResults } from '../runner/store-format.js'
import type { JobEnvironment } from '../schedulers/row.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import { wholeNumber } from '../schedulers/whole-number.js'
import { readArray } from './array-file.js'
import type { ElementRequest } from './element.js'

type Environment = { readonly [name: string]: string | undefined }

/**
 * Reads the element's index and attempt from the variables of its scheduler; our own job scripts set
 * `COTERIE_…`.
 */
export function elementFromEnvironment(
  env: Environment,
  index: number | undefined,
  table: SchedulerTable = schedulers,
): Pick<ElementRequest, 'index' | 'attempt' | 'stop_at_ms' | 'settings' | 'helps'> {
  const stopAt = Number(env.COTERIE_STOP_AT)
  const settings = settingsFromEnvironment(env)
  return {
    // A plain job instead of an array of one has no index.
    index: index ?? firstDefined(table, (job) => job.index(env)) ?? 0,
    attempt: wholeNumber(env, 'COTERIE_ATTEMPT') ?? firstDefined(table, (job) => job.attempt(env)) ?? 0,
    helps: table.some(({ job }) => job.helps?.(env)),
    ...(env.COTERIE_STOP_AT && Number.isFinite(stopAt) ? { stop_at_ms: stopAt * 1000 } : {}),
    ...(settings ? { settings } : {}),
  }
}

/** Rendezvous of a training that spans machines, as the variables of torchrun. */
export function rendezvousOf(
  env: Environment,
  table: SchedulerTable = schedulers,
): { readonly [name: string]: string } {
  return firstDefined(table, (job) => job.meeting?.(env)) ?? {}
}

function firstDefined<T>(table: SchedulerTable, read: (job: JobEnvironment) => T | undefined): T | undefined {
  for (const { job } of table) {
    const value = read(job)
    if (value !== undefined) return value
  }
  return undefined
}

/**
 * The schedulers that may have started an element: the built-in ones, and those of its run's plugins, which
 * are in the store.
 */
export async function schedulersOfArray(
  store: string,
  folder: string,
  array: string,
  env: Environment = process.env,
): Promise<SchedulerTable> {
  const opened = await openResults(store, settingsFromEnvironment(env))
  const { setup } = await readArray(opened, folder, array)
  return (await extensionsOf(setup)).schedulers
}
