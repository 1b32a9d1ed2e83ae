import { type Fields, flag, group, int, map, optional, text } from '../../core/field.js'
import { executorField, schedulerFields, schedulers, type SchedulerTable } from '../../schedulers/table.js'
import { settingsFields } from '../../io/store/settings.js'
import { jobsFields, machineFields, stageResourcesFields } from './profile-jobs-fields.js'
import { pricesFields } from './profile-prices-fields.js'
import { identifierPattern } from './text.js'

export const localFields = {
  workers: optional(int({ min: 1, max: 1024, doc: 'Worker processes; by default one per core.' })),
  scratch: optional(
    text({
      env: true,
      path: 'file',
      pattern: '.',
      doc:
        'Folder for files on their way to the store; by default next to a local store, ' +
        "or else the system's temporary folder.",
    }),
  ),
} satisfies Fields

/** The members of a profile. `executor` may be any scheduler of the table. */
export const profileFieldsOf = (table: SchedulerTable) =>
  ({
    name: text({ pattern: identifierPattern, doc: 'Name of the profile.' }),
    executor: executorField(table),
    local: group(localFields, { doc: 'Worker processes on this machine.' }),
    ...schedulerFields(table),
    jobs: group(jobsFields, {
      doc: 'How tasks are grouped into jobs of a batch scheduler, and retried.',
    }),
    machine: group(machineFields, { doc: 'The largest available machine.' }),
    stages: map(group(stageResourcesFields, { doc: 'Resources of one stage.' }), {
      key: identifierPattern,
      default: {},
      doc: "Resources by the name of a stage in the pipeline; they override the stage's estimates.",
    }),
    prices: group(pricesFields, { doc: 'Prices, for `plan --profile`.' }),
    ...settingsFields(),
    allow_plugins: flag({
      default: false,
      doc:
        'Load the plugins that a manifest names without `--trust`; ' +
        'only effective in a profile passed with `--profile`.',
    }),
    environment: map(text({ env: true, doc: 'Its value.' }), {
      key: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
      default: {},
      doc: 'Environment variables of the workers.',
    }),
  }) satisfies Fields

export const profileFields = profileFieldsOf(schedulers)
