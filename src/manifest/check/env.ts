import { type Mistake, shown } from '../yaml/diagnose.js'
import { didYouMean } from './hint.js'

export type Environment = { readonly [name: string]: string | undefined }

const reference = /\$\{([^}]*)\}?/g
const name = /^env\.([A-Za-z_][A-Za-z0-9_]*)$/

/** Replaces every `${env.NAME}`, or returns the first mistake. Text without `${` is unchanged. */
export function expandEnvironment(
  text: string,
  allowed: boolean,
  environment: Environment,
): { text: string } | { mistake: Mistake } {
  let mistake: Mistake | undefined
  const expanded = text.replace(reference, (whole: string, inner: string) => {
    const found = name.exec(inner)?.[1]
    if (!allowed)
      mistake ??= {
        code: 'E_ENV_NOT_ALLOWED',
        message: `\`${shown(whole)}\` is not replaced here`,
        hint: 'write the value itself, or pass it with --set',
      }
    else if (found === undefined || !whole.endsWith('}'))
      mistake ??= {
        code: 'E_ENV_SYNTAX',
        message: `\`${shown(whole)}\` is not a variable`,
        expected: '${env.NAME}',
      }
    else if (environment[found] === undefined) {
      const hint = Object.keys(environment).length > 0 ? closeVariable(found, environment) : undefined
      mistake ??= {
        code: 'E_ENV_UNSET',
        message: `the environment variable ${shown(found)} is not set`,
        hint: hint ?? `export ${shown(found)}=…`,
      }
    } else return environment[found]
    return ''
  })
  return mistake ? { mistake } : { text: expanded }
}

function closeVariable(wanted: string, environment: Environment): string | undefined {
  const hint = didYouMean(wanted, Object.keys(environment))
  return hint?.startsWith('did you mean') ? hint : undefined
}
