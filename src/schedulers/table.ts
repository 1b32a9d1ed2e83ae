import { choice, type Field, group, type OptionsOf } from '../core/field.js'
import { awsBatchRow } from './aws-batch/row.js'
import type { SchedulerRow } from './row.js'
import { slurmRow } from './slurm/row.js'

/**
 * A table of schedulers. It is passed as a value, so that plugins can add rows: `[...schedulers, mine]`.
 */
export type SchedulerTable = readonly SchedulerRow[]

/** The built-in schedulers. */
export const schedulers = [slurmRow, awsBatchRow] as const

type Row = (typeof schedulers)[number]

/** The executor of profiles that run tasks in processes of this machine. */
const thisMachine = 'local'

/** The field `executor` of a profile: `local` or any name in the table. */
export function executorField(table: SchedulerTable): Field<string> {
  const names: readonly string[] = [thisMachine, ...table.map(({ name }) => name)]
  return choice(names, { default: thisMachine, doc: 'What runs the tasks.' })
}

/** The members of a profile that hold the settings of schedulers. */
export function schedulerFields(table: SchedulerTable): {
  readonly [R in Row as R['member']]: Field<OptionsOf<R['fields']>>
} {
  const members = table.map(({ member, fields, doc }) => [member, group(fields, { doc })])
  return Object.fromEntries(members)
}

/** Whether tasks run in worker processes of this machine. */
export function runsLocally(profile: { readonly executor: string } | undefined): boolean {
  return profile === undefined || profile.executor === thisMachine
}

/** Undefined for `local`, and for names that are not in the table. */
export function schedulerNamed(
  name: string | undefined,
  table: SchedulerTable = schedulers,
): SchedulerRow | undefined {
  return table.find((row) => row.name === name)
}
