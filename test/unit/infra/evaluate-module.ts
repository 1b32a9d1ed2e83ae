import { type Body, expressionIn, type Hcl, type Module } from '../../../scripts/infra/module.js'
import { type Expression, parseExpression, parseTemplate } from './parse-expression.js'

export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }
type Members = { readonly [key: string]: Value }
type Scope = { readonly [name: string]: Value }

/**
 * Evaluates a module without a provider: what a resource is given is known, its ARN and id are made up from
 * its name.
 */
export class EvaluatedModule {
  readonly module: Module
  private readonly given: Members
  private readonly data: Members
  private readonly locals = new Map<string, Value>()
  private readonly instances = new Map<string, Value>()

  /** `data` answers for data sources: type → attributes. */
  constructor(module: Module, given: Members, data: Members = account) {
    this.module = module
    this.given = given
    this.data = data
    for (const [name, variable] of module.variables) {
      if (!(name in given) && variable.default === undefined)
        throw new Error(`the variable ${name} is not given`)
    }
    for (const name of Object.keys(given))
      if (!module.variables.has(name)) throw new Error(`there is no variable ${name}`)
  }

  local(name: string): Value {
    if (!this.module.locals.has(name)) throw new Error(`there is no local ${name}`)
    if (!this.locals.has(name)) this.locals.set(name, this.valueOf(this.module.locals.get(name) as Hcl, {}))
    return this.locals.get(name) as Value
  }

  output(name: string): Value {
    return this.valueOf(this.module.outputs.get(name)?.value as Hcl, {})
  }

  /** A resource with its arguments, dynamic blocks unrolled; a list for `count`, an object for `for_each`. */
  resource(address: string): Value {
    if (!this.instances.has(address)) this.instances.set(address, this.instantiate(address))
    return this.instances.get(address) as Value
  }

  private instantiate(address: string): Value {
    const body = this.module.resources.get(address)
    if (!body) throw new Error(`there is no resource ${address}`)
    const { for_each, count, ...rest } = body
    if (count !== undefined)
      return Array.from({ length: this.valueOf(count, {}) as number }, (_, index) =>
        this.one(address, rest, { count: { index } }),
      )
    if (for_each === undefined) return this.one(address, rest, {})
    return Object.fromEntries(
      pairs(this.valueOf(for_each, {})).map(([key, value]) => [
        key,
        this.one(address, rest, { each: { key, value } }),
      ]),
    )
  }

  private one(address: string, body: Body, scope: Scope): Value {
    const own = this.blockOf(body, scope)
    const name = String(own.name ?? own.bucket ?? own.name_prefix ?? address)
    return { arn: `arn:${address.split('.')[0]}:${name}`, id: name, latest_version: 1, ...own }
  }

  private blockOf(body: Body, scope: Scope): Members {
    const { dynamic, ...rest } = body
    const own = Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [
        key,
        Array.isArray(value) && value.every(isObject)
          ? value.map((block) => this.blockOf(block as Body, scope))
          : this.valueOf(value, scope),
      ]),
    ) as { [key: string]: Value }
    for (const [block, [declared]] of Object.entries(
      (dynamic ?? {}) as { [block: string]: [{ for_each: Hcl; content: [Body] }] },
    )) {
      own[block] = pairs(this.valueOf(declared.for_each, scope)).map(([key, value]) =>
        this.blockOf(declared.content[0], { ...scope, [block]: { key, value } }),
      )
    }
    return own
  }

  valueOf(value: Hcl, scope: Scope): Value {
    if (typeof value === 'string') {
      const whole = expressionIn(value)
      if (whole !== undefined) {
        try {
          return this.evaluate(parseExpression(whole), scope)
        } catch (error) {
          // `${a}-${b}` begins and ends like one expression.
          if (!whole.includes('${')) throw error
        }
      }
      return this.evaluate(parseTemplate(value), scope)
    }
    if (Array.isArray(value)) return value.map((item) => this.valueOf(item, scope))
    if (isObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [this.keyOf(key, scope), this.valueOf(item, scope)]),
      )
    return value as Value
  }

  private keyOf(key: string, scope: Scope): string {
    return String(this.evaluate(parseTemplate(key), scope))
  }

  private evaluate(expression: Expression, scope: Scope): Value {
    const of = (inner: Expression, more: Scope = scope): Value => this.evaluate(inner, more)
    switch (expression.kind) {
      case 'value':
        return expression.value
      case 'template':
        return expression.parts.map((part) => String(of(part))).join('')
      case 'name':
        return this.named(expression.name, scope)
      case 'member':
        return this.member(expression, scope)
      case 'each_member':
        return (of(expression.of) as readonly Members[]).map((item) => item[expression.key] ?? null)
      case 'list':
        return expression.items.map((item) => of(item))
      case 'object':
        return Object.fromEntries(expression.members.map(([key, value]) => [String(of(key)), of(value)]))
      case 'choice':
        return of(expression.test) ? of(expression.yes) : of(expression.no)
      case 'not':
        return !of(expression.of)
      case 'binary':
        return binary(expression.operator, of(expression.left), () => of(expression.right))
      case 'for': {
        const turns = pairs(of(expression.over))
          .map(([key, value]) => ({
            ...scope,
            [expression.item]: value,
            ...(expression.key === undefined ? {} : { [expression.key]: key }),
          }))
          .filter((turn) => !expression.only || of(expression.only, turn))
        const { name, value } = expression
        if (!name) return turns.map((turn) => of(value, turn))
        return Object.fromEntries(turns.map((turn) => [String(of(name, turn)), of(value, turn)]))
      }
      case 'call':
        return this.call(expression.name, expression.given, scope)
    }
  }

  private call(name: string, given: readonly Expression[], scope: Scope): Value {
    if (name === 'try') {
      for (const one of given) {
        try {
          return this.evaluate(one, scope)
        } catch {
          // The next one is tried.
        }
      }
    }
    const run = functions[name]
    if (!run) throw new Error(`the function ${name} is not known here`)
    return run(...given.map((one) => this.evaluate(one, scope)))
  }

  private named(name: string, scope: Scope): Value {
    if (name in scope) return scope[name] as Value
    throw new Error(`nothing is named ${name}`)
  }

  private member(expression: Extract<Expression, { kind: 'member' }>, scope: Scope): Value {
    const path = pathOf(expression)
    const [root, second, third] = path
    if (root !== undefined && !(root in scope)) {
      if (path.length === 2 && root === 'var') return this.variable(String(second))
      if (path.length === 2 && root === 'local') return this.local(String(second))
      if (path.length === 3 && root === 'data')
        return this.data[String(second)] ?? missing(`data ${second}.${third}`)
      if (path.length === 2 && root !== 'data' && this.module.resources.has(`${root}.${second}`))
        return this.resource(`${root}.${second}`)
      if (path.length === 2 && root === 'data') return {}
    }
    const of = this.evaluate(expression.of, scope)
    const key = this.evaluate(expression.key, scope)
    if (of === null || typeof of !== 'object') return missing(`${String(key)} of ${JSON.stringify(of)}`)
    const value = (of as Members)[String(key)]
    return value === undefined ? missing(`${String(key)} of ${JSON.stringify(of)}`) : value
  }

  private variable(name: string): Value {
    const declared = this.module.variables.get(name)
    if (!declared) throw new Error(`there is no variable ${name}`)
    const type = expressionIn(declared.type as Hcl)
    const value =
      this.given[name] === undefined ? this.valueOf(declared.default as Hcl, {}) : (this.given[name] as Value)
    return value !== null && type?.startsWith('object(')
      ? { ...this.optionalMembers(type), ...(value as Members) }
      : value
  }

  /** `optional(type, default)` of an object's members. */
  private optionalMembers(type: string): Members {
    const declared = parseExpression(type)
    const object = declared.kind === 'call' ? declared.given[0] : undefined
    if (object?.kind !== 'object') throw new Error(`no object: ${type}`)
    return Object.fromEntries(
      object.members.flatMap(([key, member]) =>
        member.kind === 'call' && member.name === 'optional'
          ? [[String(this.evaluate(key, {})), member.given[1] ? this.evaluate(member.given[1], {}) : null]]
          : [],
      ),
    )
  }
}

/** The account that the tests speak of. */
export const account: Members = {
  aws_partition: { partition: 'aws' },
  aws_caller_identity: { account_id: '111122223333' },
  aws_region: { region: 'eu-central-1' },
}

function pathOf(expression: Expression): string[] {
  if (expression.kind === 'name') return [expression.name]
  if (expression.kind !== 'member' || expression.key.kind !== 'value') return []
  const before = pathOf(expression.of)
  return before.length === 0 ? [] : [...before, String(expression.key.value)]
}

function pairs(value: Value): [Value, Value][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item])
  return Object.entries(value as Members).sort(([a], [b]) => (a < b ? -1 : 1))
}

function binary(operator: string, left: Value, right: () => Value): Value {
  if (operator === '||') return left === true || right() === true
  if (operator === '&&') return left === true && right() === true
  const other = right()
  if (operator === '==') return JSON.stringify(left) === JSON.stringify(other)
  if (operator === '!=') return JSON.stringify(left) !== JSON.stringify(other)
  const [a, b] = [Number(left), Number(other)]
  const results: { [operator: string]: Value } = {
    '<': a < b,
    '>': a > b,
    '<=': a <= b,
    '>=': a >= b,
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '/': a / b,
    '%': a % b,
  }
  return results[operator] ?? missing(operator)
}

const functions: { [name: string]: (...given: any[]) => Value } = {
  concat: (...lists: Value[][]) => lists.flat(),
  merge: (...objects: (Members | null)[]) => Object.assign({}, ...objects),
  distinct: (list: Value[]) => [...new Map(list.map((item) => [JSON.stringify(item), item])).values()],
  length: (of: Value[] | Members) => (Array.isArray(of) ? of.length : Object.keys(of).length),
  lookup: (of: Members, key: string, otherwise: Value) => of[key] ?? otherwise,
  keys: (of: Members) => Object.keys(of).sort(),
  contains: (list: Value[], item: Value) => list.includes(item),
  split: (by: string, text: string) => text.split(by),
  join: (by: string, list: string[]) => list.join(by),
  slice: (list: Value[], start: number, end: number) => list.slice(start, end),
  tostring: (value: Value) => (value === null ? null : String(value)),
  one: (list: Value[]) => list[0] ?? null,
  jsonencode: (value: Value) => JSON.stringify(value),
  // JSON is YAML.
  yamlencode: (value: Value) => JSON.stringify(value),
}

function isObject(value: unknown): value is Members {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function missing(what: string): never {
  throw new Error(`not known: ${what}`)
}
