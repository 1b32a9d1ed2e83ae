import { type Diagnostic, diagnose, printable } from './yaml/diagnose.js'
import type { Located, LocatedMap, Member } from './yaml/located.js'
import { parseYaml } from './yaml/parse.js'
import { type SourceRange, rangeAt, type SourceText } from './yaml/source.js'

/** One `--set`: the path of a member and its new value. */
export interface Override {
  readonly keys: readonly string[]
  readonly keyAt: SourceRange
  readonly value: Located
}

/** Parses `stage.option=value`, or a member of the manifest (`holdout.share=0.1`); values are YAML. */
export function parseSet(
  flags: readonly string[],
  topLevel: readonly string[],
): { overrides: Override[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const overrides: Override[] = []
  for (const flag of flags) {
    const source: SourceText = { name: nameOf(flag), text: flag, kind: 'flag' }
    const equals = flag.indexOf('=')
    const keys = flag.slice(0, Math.max(0, equals)).split('.')
    const keyAt = rangeAt(source, 0, Math.max(1, equals))
    if (
      equals <= 0 ||
      keys.some((key) => !/^[A-Za-z0-9_-]{1,64}$/.test(key) || key === '__proto__') ||
      (keys.length < 2 && !topLevel.includes(keys[0] as string))
    ) {
      diagnostics.push(
        diagnose(keyAt, {
          code: 'E_SET',
          message: 'not a valid override',
          expected: 'stage.option=value',
          hint: 'for example --set cluster.fine=256',
        }),
      )
      continue
    }
    const parsed = parseYaml({ ...source, text: flag.slice(equals + 1) })
    if (parsed.diagnostics.length > 0) {
      for (const { code, message, hint } of parsed.diagnostics)
        diagnostics.push(diagnose(keyAt, { code, message, hint }))
      continue
    }
    const value: Located = flag.length === equals + 1 ? { kind: 'scalar', value: '', at: keyAt } : parsed.root
    overrides.push({
      keys: topLevel.includes(keys[0] as string) ? keys : ['stages', ...keys],
      keyAt,
      value: relocate(value, rangeAt(source, equals + 1, flag.length)),
    })
  }
  return { overrides, diagnostics }
}

/** Names of the flags in diagnostics. */
export function overrideNames(flags: readonly string[] = []): string[] {
  return flags.map(nameOf)
}

function nameOf(flag: string): string {
  return `--set ${printable(flag).slice(0, 200)}`
}

/** Moves a value and its members to the range of the flag, so that mistakes in it point there. */
function relocate(value: Located, at: SourceRange): Located {
  if (value.kind === 'list') return { ...value, at, items: value.items.map((item) => relocate(item, at)) }
  if (value.kind === 'map')
    return {
      ...value,
      at,
      members: value.members.map((member) => ({ ...member, keyAt: at, value: relocate(member.value, at) })),
    }
  return { ...value, at }
}

/** Returns the manifest with the overrides applied; later ones win. */
export function applyOverrides(root: Located, overrides: readonly Override[]): Located {
  return overrides.reduce((value, { keys, keyAt, value: put }) => replaceAt(value, keys, keyAt, put), root)
}

function replaceAt(value: Located, keys: readonly string[], keyAt: SourceRange, put: Located): Located {
  const [key, ...rest] = keys
  if (key === undefined) return put
  const map: LocatedMap = value.kind === 'map' ? value : { kind: 'map', members: [], at: keyAt }
  const index = map.members.findIndex((member) => member.key === key)
  const before: Located = map.members[index]?.value ?? { kind: 'map', members: [], at: keyAt }
  const member: Member = {
    key,
    keyAt: rest.length === 0 || index < 0 ? keyAt : (map.members[index] as Member).keyAt,
    value: replaceAt(before, rest, keyAt, put),
  }
  return { ...map, members: index < 0 ? [...map.members, member] : map.members.with(index, member) }
}
