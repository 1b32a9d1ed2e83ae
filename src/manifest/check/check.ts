import { append } from '../../core/extremes.js'
import type { Json } from '../../core/json.js'
import { checkScalar } from './check-scalar.js'
import type { Checking, Path } from './checking.js'
import { describeShape, isRequired } from '../fields/describe.js'
import { type Diagnostic, diagnose, type Mistake, quoted, shown } from '../yaml/diagnose.js'
import type { Field, Fields, Shape } from '../../core/field.js'
import { didYouMean } from './hint.js'
import { type Located, type LocatedMap, locate, typeName } from '../yaml/located.js'
import type { SourceRange } from '../yaml/source.js'
import { patternInWords } from '../fields/text.js'

/**
 * Returns the value with defaults applied; undefined if it is left out or wrong. Adds every mistake to
 * `diagnostics`.
 */
export function checkValue(value: Located, field: Field, path: Path, checking: Checking): Json | undefined {
  const within = field.env && !checking.env ? { ...checking, env: true } : checking
  const { shape } = field
  if (value.kind === 'refused') return undefined
  switch (shape.kind) {
    case 'either':
      return checkEither(value, field, shape, path, within)
    case 'list':
      return checkList(value, shape, path, within)
    case 'map':
      return checkMap(value, shape, path, within)
    case 'group':
      return checkGroup(value, shape.members, path, within)
    default:
      if (value.kind !== 'scalar') return wrongType(value, shape, path, within)
      return checkScalar(value, field, path, within)
  }
}

function wrongType(value: Located, shape: Shape, path: Path, checking: Checking): undefined {
  const scalar = value.kind === 'scalar' && value.value !== null ? quoted(value.value) : undefined
  const hint =
    shape.kind === 'list' && scalar ? `write it in brackets: [${scalar.replace(/^"|"$/g, '')}]` : undefined
  const found = scalar ? `${scalar}, ${typeName(value)}` : typeName(value)
  add(
    value.at,
    { code: 'E_TYPE', message: `${checking.label(path)} takes ${describeShape(shape)}`, found, hint },
    checking,
  )
  return undefined
}

function checkList(
  value: Located,
  shape: Extract<Shape, { kind: 'list' }>,
  path: Path,
  checking: Checking,
): Json | undefined {
  if (value.kind !== 'list') return wrongType(value, shape, path, checking)
  if (shape.min !== undefined && value.items.length < shape.min) {
    const items = shape.min === 1 ? 'item' : 'items'
    const message = `${checking.label(path)} takes at least ${shape.min} ${items}`
    add(value.at, { code: 'E_LENGTH', message, found: String(value.items.length) }, checking)
  }
  return value.items.map(
    (item, index) => checkValue(item, shape.item, [...path, String(index)], checking) ?? null,
  )
}

function checkMap(
  value: Located,
  shape: Extract<Shape, { kind: 'map' }>,
  path: Path,
  checking: Checking,
): Json | undefined {
  if (value.kind !== 'map') return wrongType(value, shape, path, checking)
  const pattern = shape.key === undefined ? undefined : new RegExp(shape.key, 'u')
  const checked: [string, Json][] = []
  for (const { key, keyAt, value: inner } of value.members) {
    if (key === '__proto__' || (pattern && !pattern.test(key))) {
      add(
        keyAt,
        {
          code: 'E_NAME',
          message: `${quoted(key)} cannot be a name in ${checking.label(path)}`,
          expected: nameRule(shape.key),
        },
        checking,
      )
    }
    const result = checkValue(inner, shape.item, [...path, key], checking)
    if (result !== undefined) checked.push([key, result])
  }
  return Object.fromEntries(checked)
}

function nameRule(pattern: string | undefined): string | undefined {
  return pattern === undefined ? undefined : patternInWords(pattern)
}

function checkGroup(value: Located, members: Fields, path: Path, checking: Checking): Json | undefined {
  const map: Located =
    value.kind === 'scalar' && value.value === null ? { kind: 'map', members: [], at: value.at } : value
  if (map.kind !== 'map') return wrongType(value, { kind: 'group', members }, path, checking)
  reportUnknown(map, members, path, checking)
  const checked: [string, Json][] = []
  for (const [name, field] of Object.entries(members)) {
    const member = map.members.find(({ key }) => key === name)
    const result = member
      ? checkValue(member.value, field, [...path, name], checking)
      : missing(field, [...path, name], map.at, checking)
    if (result !== undefined) checked.push([name, result])
  }
  const values = Object.fromEntries(checked)
  reportUnread(map, members, values, path, checking)
  return values
}

/** An option that is set but never read is a mistake: its author expects it to have an effect. */
function reportUnread(
  map: LocatedMap,
  members: Fields,
  values: { readonly [name: string]: Json },
  path: Path,
  checking: Checking,
): void {
  for (const { key, keyAt } of map.members) {
    const { option, is } = (Object.hasOwn(members, key) ? members[key]?.only : undefined) ?? {}
    if (option === undefined || values[option] === undefined || values[option] === is) continue
    const message = `${checking.label([...path, key])} is only read with \`${option}: ${is}\``
    const hint = `leave \`${key}\` out, or write \`${option}: ${is}\``
    add(keyAt, { code: 'E_OPTION', message, found: `${option}: ${String(values[option])}`, hint }, checking)
  }
}

function reportUnknown(map: LocatedMap, members: Fields, path: Path, checking: Checking): void {
  const known = Object.keys(members)
  const used = new Set(map.members.map(({ key }) => key))
  for (const { key, keyAt } of map.members) {
    if (Object.hasOwn(members, key)) continue
    const { code, text, elsewhere } = checking.owner(path)
    const hint = elsewhere?.(key) ?? (known.length === 0 ? 'it has none' : didYouMean(key, known, used))
    add(keyAt, { code, message: `\`${shown(key)}\` is not ${text}`, hint }, checking)
  }
}

/** Returns the default, checked like a written value; reports a required field that is missing. */
function missing(field: Field, path: Path, at: SourceRange, checking: Checking): Json | undefined {
  if (field.default !== undefined) return checkValue(locate(field.default, at), field, path, checking)
  if (field.optional) return undefined
  if (!isRequired(field)) return checkValue({ kind: 'map', members: [], at }, field, path, checking)
  const message = `${checking.label(path)} is required`
  add(at, { code: 'E_REQUIRED', message, expected: describeShape(field.shape), hint: field.doc }, checking)
  return undefined
}

/**
 * Tries the shapes that fit the value's JSON type; if none accepts it, reports the mistakes of the one that
 * has the fewest.
 */
function checkEither(
  value: Located,
  field: Field,
  shape: Extract<Shape, { kind: 'either' }>,
  path: Path,
  checking: Checking,
): Json | undefined {
  const candidates = shape.of.filter((option) => typeFits(value, option.shape))
  if (candidates.length === 0) return wrongType(value, shape, path, checking)
  let fewest: Diagnostic[] | undefined
  for (const candidate of candidates) {
    const diagnostics: Diagnostic[] = []
    const inner = field.path && !candidate.path ? { ...candidate, path: field.path } : candidate
    const result = checkValue(value, inner, path, { ...checking, diagnostics })
    if (diagnostics.length === 0) return result
    if (!fewest || diagnostics.length < fewest.length) fewest = diagnostics
  }
  append(checking.diagnostics, fewest ?? [])
  return undefined
}

function typeFits(value: Located, shape: Shape): boolean {
  if (shape.kind === 'either') return shape.of.some((option) => typeFits(value, option.shape))
  if (value.kind === 'list') return shape.kind === 'list'
  if (value.kind === 'map') return shape.kind === 'map' || shape.kind === 'group'
  if (value.kind === 'refused') return true
  if (value.value === null) return shape.kind === 'nothing'
  if (typeof value.value === 'string') return shape.kind === 'text' || shape.kind === 'choice'
  if (typeof value.value === 'boolean') return shape.kind === 'flag'
  return shape.kind === 'number' || shape.kind === 'integer'
}

function add(at: SourceRange, mistake: Mistake, checking: Checking): void {
  checking.diagnostics.push(diagnose(at, mistake))
}
