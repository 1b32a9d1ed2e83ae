import { type Fields, flag, group, int, map, optional, text } from '../../core/field.js'
import { executorField, schedulerFields, schedulers, type SchedulerTable } from '../../schedulers/table.js'
import { settingsFields } from '../../io/store/settings.js'
import { jobsFields, machineFields, pricesFields, stageResourcesFields } from './profile-jobs-fields.js'
import { identifierPattern } from './text.js'

export const localFields = {
  workers: optional(
    int({ min: 1, max: 1024, doc: 'Worker processes; as many as there are cores if left out.' }),
  ),
  scratch: optional(
    text({
      env: true,
      path: 'file',
      pattern: '.',
      doc:
        'Folder for files on their way to the store; beside a local store, ' +
        "or the system's temporary folder, if left out.",
    }),
  ),
} satisfies Fields

/** The members of a profile; `executor` is any scheduler of the table. */
export const profileFieldsOf = (table: SchedulerTable) =>
  ({
    name: text({ pattern: identifierPattern, doc: 'Name of the profile.' }),
    executor: executorField(table),
    local: group(localFields, { doc: 'Worker processes on this machine.' }),
    ...schedulerFields(table),
    jobs: group(jobsFields, {
      doc: 'How tasks become jobs of a batch scheduler, and how often they are repeated.',
    }),
    machine: group(machineFields, { doc: 'The largest machine of the place.' }),
    stages: map(group(stageResourcesFields, { doc: 'Resources of one stage.' }), {
      key: identifierPattern,
      default: {},
      doc: 'Resources by the name of a stage in the pipeline, where its own estimate is not to be followed.',
    }),
    prices: group(pricesFields, { doc: 'What the place costs, for `plan --profile`.' }),
    ...settingsFields(),
    allow_plugins: flag({
      default: false,
      doc:
        'Plugins that a manifest names are loaded without `--trust`; ' +
        'counts only in a profile that `--profile` names.',
    }),
    environment: map(text({ env: true, doc: 'Its value.' }), {
      key: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
      default: {},
      doc: 'Environment variables of the workers.',
    }),
  }) satisfies Fields

export const profileFields = profileFieldsOf(schedulers)
