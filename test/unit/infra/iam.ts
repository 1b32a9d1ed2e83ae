/**
 * What IAM says to a request, by the rules of its own documentation: a denial wins, then an allowance, else
 * no.
 */
export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Principal?: unknown
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } }
}
export interface Policy {
  readonly Version: string
  readonly Statement: readonly Statement[]
}

export interface Request {
  readonly action: string
  readonly resource: string
  readonly context?: { readonly [key: string]: string }
}

/**
 * Identity policies allow; resource policies here only deny. A request that several resources are checked for
 * asks once for each.
 */
export function isAllowed(request: Request, allowing: Policy, denying: readonly Policy[] = []): boolean {
  const denied = [allowing, ...denying].some((policy) =>
    policy.Statement.some((one) => one.Effect === 'Deny' && matches(one, request)),
  )
  return !denied && allowing.Statement.some((one) => one.Effect === 'Allow' && matches(one, request))
}

function matches(statement: Statement, request: Request): boolean {
  const known = new Set(['Sid', 'Effect', 'Action', 'Resource', 'NotResource', 'Principal', 'Condition'])
  for (const key of Object.keys(statement)) if (!known.has(key)) throw new Error(`unknown element ${key}`)
  if (!list(statement.Action).some((pattern) => like(pattern.toLowerCase(), request.action.toLowerCase())))
    return false
  if (
    statement.Resource !== undefined &&
    !list(statement.Resource).some((pattern) => like(pattern, request.resource))
  )
    return false
  if (
    statement.NotResource !== undefined &&
    list(statement.NotResource).some((pattern) => like(pattern, request.resource))
  )
    return false
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, request.context?.[key], list(wanted))),
  )
}

function holds(operator: string, found: string | undefined, wanted: readonly string[]): boolean {
  if (operator === 'Null') return wanted.includes(String(found === undefined))
  if (operator.endsWith('IfExists'))
    return found === undefined || holds(operator.slice(0, -'IfExists'.length), found, wanted)
  if (found === undefined) return false
  if (operator === 'Bool' || operator === 'StringEquals') return wanted.includes(found)
  if (operator === 'StringLike' || operator === 'ArnLike')
    return wanted.some((pattern) => like(pattern, found))
  throw new Error(`unknown operator ${operator}`)
}

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
