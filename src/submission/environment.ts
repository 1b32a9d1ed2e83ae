import { openStore } from '../io/store/open.js'
import { settingsFromEnvironment } from '../io/store/settings.js'
import { extensionsOf } from '../runner/extensions.js'
import type { JobEnvironment } from '../schedulers/row.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import { wholeNumber } from '../schedulers/whole-number.js'
import { readArray } from './array-file.js'
import type { ElementRequest } from './element.js'

type Environment = { readonly [name: string]: string | undefined }

/**
 * Which element this is and which attempt at it, as schedulers tell their jobs; `COTERIE_…` is what job
 * scripts of ours set.
 */
export function elementFromEnvironment(
  env: Environment,
  index: number | undefined,
  table: SchedulerTable = schedulers,
): Pick<ElementRequest, 'index' | 'attempt' | 'stop_at_ms' | 'settings' | 'helps'> {
  const stopAt = Number(env.COTERIE_STOP_AT)
  const settings = settingsFromEnvironment(env)
  return {
    // A plain job in the place of an array of one has no index.
    index: index ?? first(table, (job) => job.index(env)) ?? 0,
    attempt: wholeNumber(env, 'COTERIE_ATTEMPT') ?? first(table, (job) => job.attempt(env)) ?? 0,
    helps: table.some(({ job }) => job.helps?.(env)),
    ...(env.COTERIE_STOP_AT && Number.isFinite(stopAt) ? { stop_at_ms: stopAt * 1000 } : {}),
    ...(settings ? { settings } : {}),
  }
}

/** Where the processes of a training that spans machines meet, in the words of torchrun. */
export function meetingPlace(
  env: Environment,
  table: SchedulerTable = schedulers,
): { readonly [name: string]: string } {
  return first(table, (job) => job.meeting?.(env)) ?? {}
}

function first<T>(table: SchedulerTable, ask: (job: JobEnvironment) => T | undefined): T | undefined {
  for (const { job } of table) {
    const answer = ask(job)
    if (answer !== undefined) return answer
  }
  return undefined
}

/**
 * The schedulers that may have started an element: those of this package, and of the plugins of its run,
 * which the store holds.
 */
export async function schedulersOfArray(
  store: string,
  manifest: string,
  array: string,
  env: Environment = process.env,
): Promise<SchedulerTable> {
  const opened = await openStore(store, settingsFromEnvironment(env))
  const { setup } = await readArray(opened, manifest, array)
  return (await extensionsOf(setup)).schedulers
}
