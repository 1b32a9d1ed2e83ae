import { asJson, type Json } from '../../core/json.js'
import { isRequired } from './describe.js'
import type { Field, Fields, Shape } from '../../core/field.js'
import { group } from '../../core/field.js'
import { holdoutField, manifestFields } from './manifest-fields.js'
import { pipelineFields } from './pipeline-fields.js'
import { profileFields } from './profile-fields.js'
import { holdoutOption, ownOptions, type StageLike } from '../stage-like.js'
import { maximumTextLength, textPattern } from './text.js'

/**
 * JSON Schema, draft 07, for editors and other tools. It accepts what the check accepts, as far as a schema
 * can express it.
 */
export type Schema = { readonly [key: string]: Json | undefined }

const draft = 'http://json-schema.org/draft-07/schema#'
const reference = '\\$\\{env\\.[A-Za-z_][A-Za-z0-9_]*\\}'

export function manifestSchema(stages: readonly StageLike[]): Schema {
  const ingest = stages.find((stage) => stage.takes_holdout)?.options[holdoutOption]
  const members = manifestFields(
    group({}, { doc: 'Options by stage.' }),
    ingest ? { ...ingest, optional: true } : holdoutField,
  )
  const schema = schemaOfGroup(members, false)
  // A pipeline may set required options of a stage, and nodes may have any names.
  const byStage = stages.map((stage): [string, Json] => [
    stage.name,
    { ...schemaOfGroup(ownOptions(stage), true), description: stage.doc, required: undefined },
  ])
  const byNode = {
    type: ['object', 'null'],
    description: 'Options by stage.',
    properties: Object.fromEntries(byStage),
    additionalProperties: { type: ['object', 'null'] },
  }
  return {
    $schema: draft,
    title: 'Coterie manifest',
    ...schema,
    properties: { ...(schema.properties as Schema), stages: byNode },
  }
}

export function stageSchema(stage: StageLike): Schema {
  return {
    $schema: draft,
    title: `Options of stage ${stage.name}`,
    description: stage.doc,
    ...schemaOfGroup(ownOptions(stage), true),
  }
}

export function profileSchema(): Schema {
  return { $schema: draft, title: 'Coterie profile', ...schemaOfGroup(profileFields, false) }
}

export function pipelineSchema(): Schema {
  const schema = schemaOfGroup(pipelineFields, false)
  const { stages } = schema.properties as { stages: { additionalProperties: { properties: Schema } } }
  const node = stages.additionalProperties
  const options = {
    type: ['object', 'null'],
    description: 'Options of the stage: defaults for the manifest.',
  }
  const withOptions = {
    ...stages,
    additionalProperties: { ...node, properties: { ...node.properties, options } },
  }
  return {
    $schema: draft,
    title: 'Coterie pipeline',
    ...schema,
    properties: { ...(schema.properties as Schema), stages: asJson(withOptions) },
  }
}

export function schemaOfGroup(members: Fields, nullable: boolean, env = false): Schema {
  const required = Object.entries(members).flatMap(([name, field]) => (isRequired(field) ? [name] : []))
  return {
    type: nullable && required.length === 0 ? ['object', 'null'] : 'object',
    properties: Object.fromEntries(
      Object.entries(members).map(([name, field]) => [name, schemaOf(field, env)]),
    ),
    required: required.length > 0 ? required : undefined,
    additionalProperties: false,
    allOf: unreadRules(members),
  }
}

/** Only applies if the other option is written too: otherwise the pipeline may have set it. */
function unreadRules(members: Fields): Schema[] | undefined {
  const rules = Object.entries(members).flatMap(([name, { only }]) =>
    only
      ? [
          {
            not: {
              properties: { [only.option]: { not: { const: only.is } } },
              required: [only.option, name],
            },
          },
        ]
      : [],
  )
  return rules.length > 0 ? rules : undefined
}

function schemaOf(field: Field, env: boolean, inEither = false): Schema {
  const allowed = env || field.env === true
  return { description: field.doc, default: field.default, ...schemaOfShape(field.shape, allowed, inEither) }
}

function schemaOfShape(shape: Shape, env: boolean, inEither: boolean): Schema {
  switch (shape.kind) {
    case 'integer':
    case 'number':
      return orReference({ type: shape.kind, minimum: shape.min, maximum: shape.max }, env)
    case 'text':
      return schemaOfText(shape, env)
    case 'flag':
      return { type: 'boolean' }
    case 'choice':
      return orReference({ enum: shape.of }, env)
    case 'list':
      return { type: 'array', items: schemaOf(shape.item, env), minItems: shape.min }
    case 'map':
      return {
        type: 'object',
        propertyNames: { pattern: shape.key, not: { const: '__proto__' } },
        additionalProperties: schemaOf(shape.item, env),
      }
    case 'group':
      return schemaOfGroup(shape.members, !inEither, env)
    case 'either':
      return { anyOf: shape.of.map((option) => schemaOf(option, env, true)) }
    case 'nothing':
      return { type: 'null' }
  }
}

function schemaOfText(shape: Extract<Shape, { kind: 'text' }>, env: boolean): Schema {
  const form = shape.pattern === undefined ? [] : [{ pattern: shape.pattern }]
  const plain = { allOf: [{ pattern: textPattern }, ...form, { not: { pattern: '\\$\\{' } }] }
  const examples = shape.examples
  if (!env) return { type: 'string', maxLength: maximumTextLength, examples, ...plain }
  return { type: 'string', maxLength: maximumTextLength, examples, anyOf: [plain, { pattern: reference }] }
}

function orReference(schema: Schema, env: boolean): Schema {
  return env ? { anyOf: [schema, { type: 'string', pattern: reference }] } : schema
}
