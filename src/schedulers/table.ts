import { choice, type Field, group, type OptionsOf } from '../core/field.js'
import { awsBatchRow } from './aws-batch/row.js'
import type { SchedulerRow } from './row.js'
import { slurmRow } from './slurm/row.js'

/**
 * A list of schedulers. What looks one up takes the table as a value, so that a plugin can add a row to it:
 * `[...schedulers, mine]`.
 */
export type SchedulerTable = readonly SchedulerRow[]

/** The schedulers that come with Coterie. */
export const schedulers = [slurmRow, awsBatchRow] as const

type Row = (typeof schedulers)[number]

/** A profile that names no scheduler runs its tasks in processes of this machine. */
const thisMachine = 'local'

/** The field `executor` of a profile: any name in the table. */
export function executorField(table: SchedulerTable): Field<string> {
  const names: readonly string[] = [thisMachine, ...table.map(({ name }) => name)]
  return choice(names, { default: thisMachine, doc: 'What runs the tasks.' })
}

/** The members of a profile that hold settings of schedulers. */
export function schedulerFields(table: SchedulerTable): {
  readonly [R in Row as R['member']]: Field<OptionsOf<R['fields']>>
} {
  const members = table.map(({ member, fields, doc }) => [member, group(fields, { doc })])
  return Object.fromEntries(members)
}

/** Whether this profile leaves tasks to worker processes of this machine. */
export function runsLocally(profile: { readonly executor: string } | undefined): boolean {
  return profile === undefined || profile.executor === thisMachine
}

/** Undefined for `local`, and for names that the table does not have. */
export function schedulerNamed(
  name: string | undefined,
  table: SchedulerTable = schedulers,
): SchedulerRow | undefined {
  return table.find((row) => row.name === name)
}
