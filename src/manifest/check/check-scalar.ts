import { homeFolder } from '../../core/home-folder.js'
import { isAbsolute, join } from 'node:path'
import { foreignScheme } from '../../core/foreign-schemes.js'
import type { Json } from '../../core/json.js'
import type { Checking, Path } from './checking.js'
import { describeShape } from '../fields/describe.js'
import { diagnose, type Mistake, quoted } from '../yaml/diagnose.js'
import { expandEnvironment } from './env.js'
import type { Field } from '../../core/field.js'
import { closest } from './hint.js'
import { type LocatedScalar, typeName } from '../yaml/located.js'
import { identifierPattern, patternInWords, textMistake } from '../fields/text.js'

type Checked = { readonly value: Json } | { readonly mistake: Mistake }

/** Checks numbers, text, flags and choices, after replacing `${env.NAME}`. */
export function checkScalar(
  scalar: LocatedScalar,
  field: Field,
  path: Path,
  checking: Checking,
): Json | undefined {
  const label = checking.label(path)
  const expanded = expand(scalar, field, label, checking)
  const checked =
    'mistake' in expanded ? expanded : checkExpanded(expanded.scalar, field, label, checking.folder)
  if ('value' in checked) return checked.value
  checking.diagnostics.push(diagnose(scalar.at, checked.mistake))
  return undefined
}

function expand(
  scalar: LocatedScalar,
  field: Field,
  label: string,
  checking: Checking,
): { scalar: LocatedScalar } | { mistake: Mistake } {
  if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return { scalar }
  const expanded = expandEnvironment(scalar.value, checking.env ?? false, checking.environment)
  if ('mistake' in expanded) {
    const { code, message, ...rest } = expanded.mistake
    return {
      mistake: { code, message: code === 'E_ENV_NOT_ALLOWED' ? `${message}, in ${label}` : message, ...rest },
    }
  }
  const numeric = field.shape.kind === 'integer' || field.shape.kind === 'number'
  const value = numeric && /^-?\d+(\.\d+)?$/.test(expanded.text) ? Number(expanded.text) : expanded.text
  return { scalar: { ...scalar, value } }
}

function checkExpanded(scalar: LocatedScalar, field: Field, label: string, folder: string): Checked {
  const { shape } = field
  const { value } = scalar
  const wrong = (hint?: string): Checked => {
    const found = value === null ? typeName(scalar) : `${quoted(value)}, ${typeName(scalar)}`
    return {
      mistake: {
        code: 'E_TYPE',
        message: `${label} takes ${describeShape(shape)}`,
        found,
        hint: hint ?? typeHint(scalar, shape.kind),
      },
    }
  }
  switch (shape.kind) {
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || (shape.kind === 'integer' && !Number.isInteger(value))) return wrong()
      const { min = -Infinity, max = Infinity } = shape
      if (value >= min && value <= max) return { value }
      return {
        mistake: { code: 'E_RANGE', message: `${label} takes ${describeShape(shape)}`, found: String(value) },
      }
    }
    case 'flag':
      return typeof value === 'boolean' ? { value } : wrong()
    case 'choice': {
      if (typeof value !== 'string') return wrong()
      if (shape.of.includes(value)) return { value }
      const near = closest(value, shape.of)
      const hint = near && `did you mean \`${near}\`?`
      return {
        mistake: {
          code: 'E_CHOICE',
          message: `${label} takes ${describeShape(shape)}`,
          found: quoted(value),
          hint,
        },
      }
    }
    case 'text':
      return typeof value === 'string' ? checkText(value, field, label, folder) : wrong()
    case 'nothing':
      return value === null ? { value } : wrong()
    default:
      return wrong()
  }
}

function checkText(value: string, field: Field, label: string, folder: string): Checked {
  const pattern = field.shape.kind === 'text' ? field.shape.pattern : undefined
  const message = textMistake(value)
  if (message !== undefined)
    return { mistake: { code: 'E_TEXT', message: `${label}: ${message}`, found: quoted(value) } }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return {
      mistake: {
        code: 'E_PATTERN',
        message: `${label} has the wrong form`,
        expected: patternInWords(pattern),
        found: quoted(value),
        hint: pattern === identifierPattern ? undefined : field.doc,
      },
    }
  }
  const foreign = field.path ? foreignScheme(value) : undefined
  if (foreign)
    return {
      mistake: {
        code: 'E_BAD_URI',
        message: `${label}: \`${foreign.scheme}://\` is not supported`,
        found: quoted(value),
        hint: foreign.hint,
      },
    }
  if (field.path === 'file' && /^@?~[^/]/.test(value))
    return {
      mistake: {
        code: 'E_HOME_OF_USER',
        message: `${label}: only a leading \`~/\` is expanded to the home folder`,
        found: quoted(value),
        hint: 'write the absolute path, or `./` before a name that begins with `~`',
      },
    }
  return { value: field.path ? resolvePath(value, field.path, folder) : value }
}

/** URIs and absolute paths are unchanged; `@LIST` names a file that lists URIs or paths. */
function resolvePath(value: string, rule: 'file' | 'dotted', folder: string): string {
  if (value === '' || isAbsolute(value) || /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(value)) return value
  if (value.startsWith('~/')) return join(homeFolder(), value.slice(2))
  if (value.startsWith('@')) return `@${resolvePath(value.slice(1), rule, folder)}`
  if (rule === 'dotted' && !/^\.\.?(\/|$)/.test(value)) return value
  return join(folder, value)
}

function typeHint({ value }: LocatedScalar, wanted: string): string | undefined {
  if (value === null) return 'remove the line to use the default'
  if (wanted === 'text' && typeof value !== 'string') return `quote it: "${String(value)}"`
  if (typeof value !== 'string') return undefined
  if (wanted === 'flag' && /^(yes|no|on|off|true|false)$/i.test(value))
    return `write ${/^(yes|on|true)$/i.test(value) ? 'true' : 'false'}`
  const digits = value.replace(/(?<=\d)[_, ](?=\d)/g, '')
  if ((wanted === 'integer' || wanted === 'number') && /^-?\d+(\.\d+)?$/.test(digits))
    return `write ${digits}${digits === value ? ' without quotes' : ''}`
  return undefined
}
