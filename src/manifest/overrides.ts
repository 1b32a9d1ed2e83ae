import type { Json } from '../core/json.js'
import { group } from '../core/field.js'
import { manifestFields } from './fields/manifest-fields.js'
import { applyOverrides, overrideNames, parseSet } from './set.js'
import { manifestError } from './yaml/diagnose.js'
import type { Located, Member } from './yaml/located.js'

/**
 * The values of `--set` as one value: `{ stages: { cluster: { fine: 16 } } }`. Equal for flags that ask for
 * the same, in whatever order and however they are written. Throws `E_MANIFEST`.
 */
export function overridesAsJson(flags: readonly string[]): Json {
  const { overrides, diagnostics } = parseSet(flags, Object.keys(manifestFields(group({}, { doc: '' }))))
  if (diagnostics.length > 0) throw manifestError('manifest', overrideNames(flags).join(', '), diagnostics)
  const at = overrides[0]?.keyAt
  return at === undefined ? {} : plain(applyOverrides({ kind: 'map', members: [], at }, overrides))
}

function plain(value: Located): Json {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map(plain)
  if (value.kind === 'refused') return null
  return Object.fromEntries(value.members.map(({ key, value: member }: Member) => [key, plain(member)]))
}
