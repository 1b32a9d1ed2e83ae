import { Ajv } from 'ajv'
import test from 'ava'
import fc from 'fast-check'
import type { Json } from '../../src/core/json.js'
import { checkValue } from '../../src/manifest/check/check.js'
import type { Diagnostic } from '../../src/manifest/yaml/diagnose.js'
import {
  choice,
  type Field,
  type Fields,
  flag,
  group,
  int,
  list,
  map,
  nullable,
  num,
  optional,
  text,
} from '../../src/core/field.js'
import { locate } from '../../src/manifest/yaml/located.js'
import { parseYaml } from '../../src/manifest/yaml/parse.js'
import { schemaOfGroup } from '../../src/manifest/fields/schema.js'
import { type SourceText, wholeOf } from '../../src/manifest/yaml/source.js'
import { identifierPattern } from '../../src/manifest/fields/text.js'

const source: SourceText = { name: 'value', text: '', kind: 'file' }
const environment = { WORD: 'word' }

function mistakesOf(value: Json, members: Fields): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const checking = {
    environment,
    folder: '/folder',
    diagnostics,
    owner: () => ({ code: 'E_UNKNOWN', text: 'known' }),
    label: (path: readonly string[]) => path.join('.'),
  }
  checkValue(locate(value, wholeOf(source)), { shape: { kind: 'group', members }, doc: '' }, [], checking)
  return diagnostics
}

const doc = 'A field.'
const name = fc.constantFrom('a', 'b', 'c_d', 'constructor', 'toString')

const leaf: fc.Arbitrary<Field> = fc.oneof(
  fc
    .record({ min: fc.integer({ min: -5, max: 0 }), max: fc.integer({ min: 1, max: 9 }) })
    .map((range) => int({ ...range, doc })),
  fc
    .record({ min: fc.integer({ min: -5, max: 0 }), max: fc.integer({ min: 1, max: 9 }) })
    .map((range) => num({ ...range, default: 0.5, doc })),
  fc.constant(text({ doc })),
  fc.constant(text({ doc, env: true })),
  fc.constant(text({ doc, pattern: identifierPattern })),
  fc.constant(text({ doc, path: 'file', pattern: '.' })),
  fc.constant(flag({ doc })),
  fc.constant(choice(['one', 'two'], { doc })),
)

const { field } = fc.letrec<{ field: Field; members: Fields }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'field' },
    leaf,
    leaf.map((inner) => optional(inner)),
    leaf.map((inner) => nullable(inner)),
    tie('field').map((inner) => list(inner, { doc, min: 1 })),
    tie('field').map((inner) => map(inner, { doc, key: identifierPattern })),
    tie('members').map((members) => group(members, { doc })),
    tie('members').map((members) => optional(nullable(group(members, { doc })))),
    tie('field').map((inner) => ({
      shape: { kind: 'either' as const, of: [flag({ doc }), list(inner, { doc })] },
      doc,
    })),
  ),
  members: fc.dictionary(name, tie('field'), { maxKeys: 4, noNullPrototype: true }),
}))
const members = fc.dictionary(name, field, { maxKeys: 4, noNullPrototype: true })

const anyText = fc.oneof(
  fc.constantFrom(
    'one',
    'word',
    'x/y',
    '',
    'a\nb',
    '\u0000',
    '\ud800',
    '\u2028',
    '${env.WORD}',
    '${WORD}',
    '${',
    '$',
    '😀',
    'x'.repeat(4097),
    '😀'.repeat(4096),
  ),
  fc.string({ unit: 'grapheme' }),
)
const anyKey = fc.oneof(
  name,
  fc.constantFrom('__proto__', '', '../x', 'x y', 'x'.repeat(65)),
  fc.string({ maxLength: 3 }),
)
const anything: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(null, true, false, 0, 1, -3, 4.5, 100),
    anyText,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(anyKey, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value

/** Mostly right, so that accepted values are met as well as refused ones. */
function valueFor({ shape }: Field): fc.Arbitrary<Json> {
  const right = rightFor(shape)
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: anything })
}

function rightFor(shape: Field['shape']): fc.Arbitrary<Json> {
  switch (shape.kind) {
    case 'integer':
      return fc.integer({ min: (shape.min ?? 0) - 1, max: (shape.max ?? 0) + 1 })
    case 'number':
      return fc.double({ min: shape.min ?? 0, max: shape.max ?? 0, noNaN: true })
    case 'text':
      return fc.oneof(fc.constantFrom('one', 'word', 'a-b'), anyText)
    case 'flag':
      return fc.boolean()
    case 'choice':
      return fc.constantFrom(...shape.of)
    case 'list':
      return fc.array(valueFor(shape.item), { maxLength: 3, minLength: shape.min ?? 0 })
    case 'map':
      return fc
        .array(fc.tuple(name, valueFor(shape.item)), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries))
    case 'group':
      return membersFor(shape.members)
    case 'either':
      return fc.oneof(...shape.of.map(valueFor))
    case 'nothing':
      return fc.constant(null)
  }
}

function membersFor(of: Fields): fc.Arbitrary<Json> {
  const entries = Object.entries(of).map(([key, inner]) =>
    fc.oneof(
      { weight: 6, arbitrary: valueFor(inner).map((value) => [[key, value]] as const) },
      { weight: 1, arbitrary: fc.constant([] as const) },
    ),
  )
  const extra = fc.oneof(
    { weight: 9, arbitrary: fc.constant([] as const) },
    { weight: 1, arbitrary: fc.tuple(anyKey, anything).map((entry) => [entry] as const) },
  )
  return fc.tuple(extra, ...entries).map((lists) => Object.fromEntries(lists.flat()) as Json)
}

test('the schema accepts a value exactly if the check finds no mistake in it', (t) => {
  let accepted = 0
  let refused = 0
  const ajv = new Ajv({ strict: false, addUsedSchema: false, ownProperties: true })
  fc.assert(
    fc.property(
      members.chain((of) => fc.tuple(fc.constant(of), membersFor(of))),
      ([of, value]) => {
        const schema = JSON.parse(JSON.stringify(schemaOfGroup(of, true))) as object
        const bySchema = ajv.validate(schema, value)
        const mistakes = mistakesOf(value, of)
        if (bySchema) accepted += 1
        else refused += 1
        if (bySchema !== (mistakes.length === 0)) {
          throw new Error(
            `schema ${bySchema ? 'accepts' : `refuses (${ajv.errorsText()})`}, check: ` +
              `${mistakes.map(({ message }) => message).join('; ') || 'nothing'}`,
          )
        }
      },
    ),
    { numRuns: 250 },
  )
  t.true(accepted > 30 && refused > 30, `both answers are met: ${accepted} accepted, ${refused} refused`)
})

test('any text is read, or refused with positions, without an exception', (t) => {
  const pieces = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '!!str ',
    '<<',
    '"',
    "'",
    '|',
    '>',
    '#',
    '? ',
    '---\n',
    '...\n',
    '\t',
    '%YAML 1.1\n',
    '1',
    ',',
    '\r\n',
    '\ufeff',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      const lines = text.split('\n').length
      for (const { line, column, message } of parseYaml({ name: 'x', text, kind: 'file' }).diagnostics) {
        if (line < 1 || line > lines || column < 1 || message === '')
          throw new Error(`no such place: ${line}:${column} ${message}`)
      }
    }),
    { numRuns: 1500 },
  )
  t.pass()
})
