import { digestOfJson } from '../core/digest.js'
import { asJson } from '../core/json.js'
import { readingWith } from '../core/shard-reading.js'
import type { AnyStage, PlannedPartition } from '../stages/define.js'
import type { Entry } from './fingerprint.js'
import { pluginEntries } from './plugin-entries.js'
import type { Survey, TaskRef } from './types.js'

/** The entries of one task, without those that its stage shares. */
export function taskEntries(
  stage: AnyStage,
  { key, params, splits = [] }: PlannedPartition,
  takes: { readonly [port: string]: readonly TaskRef[] },
  after: readonly TaskRef[],
  survey: Survey,
  takesPartition: (column: string) => boolean,
): Entry[] {
  const entries: Entry[] = [{ name: 'task', value: key }]
  if (params !== undefined) {
    entries.push({ name: 'params', value: params })
    for (const entry of pluginEntries([params], survey)) entries.push(entry)
  }
  if (stage.reads_input) {
    entries.push({
      name: 'input',
      value: splits.map(({ shard, row_start, row_end }) => {
        const reading = readingWith(shard.reading, takesPartition)
        const bytes = [shard.identity, row_start, row_end ?? null]
        return reading === undefined ? bytes : [...bytes, asJson(reading)]
      }),
    })
  }
  for (const port of Object.keys(takes).sort())
    entries.push({ name: `takes ${port}`, value: digestOfRefs(takes[port] ?? []) })
  if (after.length > 0) entries.push({ name: 'after', value: digestOfRefs(after) })
  return entries
}

/**
 * A single reference is not hashed again: most tasks take one, and there may be a hundred thousand tasks.
 */
export function digestOfRefs(refs: readonly TaskRef[]): string {
  const [only] = refs
  return refs.length === 1 && only ? only.fingerprint : digestOfJson(refs.map((ref) => ref.fingerprint))
}
