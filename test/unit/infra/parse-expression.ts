/**
 * The expressions of HCL that the modules use. Everything else is a mistake, so that nothing is read wrongly
 * in silence.
 */
export type Expression =
  | { readonly kind: 'value'; readonly value: null | boolean | number | string }
  | { readonly kind: 'template'; readonly parts: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'each_member'; readonly of: Expression; readonly key: string }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: 'for'
      readonly key: string | undefined
      readonly item: string
      readonly over: Expression
      readonly name: Expression | undefined
      readonly value: Expression
      readonly only: Expression | undefined
    }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'not'; readonly of: Expression }

const levels = [['||'], ['&&'], ['==', '!='], ['<=', '>=', '<', '>'], ['+', '-'], ['*', '/', '%']]

export function parseExpression(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.expression()
  parser.end()
  return expression
}

/** A text with `${…}` in it. */
export function parseTemplate(text: string): Expression {
  const parts: Expression[] = []
  let at = 0
  while (at < text.length) {
    const start = text.indexOf('${', at)
    if (start < 0) {
      parts.push({ kind: 'value', value: text.slice(at) })
      break
    }
    if (start > at) parts.push({ kind: 'value', value: text.slice(at, start) })
    const end = endOfInterpolation(text, start + 2)
    parts.push(parseExpression(text.slice(start + 2, end)))
    at = end + 1
  }
  const [only] = parts
  if (parts.length === 1 && only) return only
  return { kind: 'template', parts }
}

function endOfInterpolation(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = endOfText(text, at + 1)
    else if (char === '{') depth += 1
    else if (char === '}' && depth-- === 0) return at
  }
  throw new Error(`no end of \${ in ${text}`)
}

/** Position of the quote that ends a text which began before `from`. */
function endOfText(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
    else if (text.startsWith('${', at)) at = endOfInterpolation(text, at + 2)
  }
  throw new Error(`no end of text in ${text}`)
}

class Parser {
  private at = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  end(): void {
    this.space()
    if (this.at < this.text.length) this.fail('the end')
  }

  expression(): Expression {
    const test = this.binary(0)
    if (!this.take('?')) return test
    const yes = this.expression()
    this.need(':')
    return { kind: 'choice', test, yes, no: this.expression() }
  }

  private binary(level: number): Expression {
    const operators = levels[level]
    if (!operators) return this.unary()
    let left = this.binary(level + 1)
    for (;;) {
      const operator = operators.find((one) => this.take(one))
      if (!operator) return left
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) }
    }
  }

  private unary(): Expression {
    this.space()
    if (this.text[this.at] === '!' && this.text[this.at + 1] !== '=') {
      this.at += 1
      return { kind: 'not', of: this.unary() }
    }
    return this.members(this.primary())
  }

  private members(of: Expression): Expression {
    let here = of
    for (;;) {
      const next = this.text[this.at]
      if (next === '.') {
        this.at += 1
        here = { kind: 'member', of: here, key: { kind: 'value', value: this.identifier() } }
      } else if (this.text.startsWith('[*]', this.at)) {
        this.at += 3
        this.need('.')
        here = { kind: 'each_member', of: here, key: this.identifier() }
      } else if (next === '[') {
        this.at += 1
        here = { kind: 'member', of: here, key: this.expression() }
        this.need(']')
      } else return here
    }
  }

  private primary(): Expression {
    this.space()
    const char = this.text[this.at] ?? ''
    if (char === '"') {
      const end = endOfText(this.text, this.at + 1)
      const inner = this.text.slice(this.at + 1, end)
      this.at = end + 1
      const template = parseTemplate(inner.replace(/\\(.)/g, '$1'))
      return template.kind === 'template' || template.kind === 'value'
        ? template
        : { kind: 'template', parts: [template] }
    }
    if (/[0-9]/.test(char)) {
      const digits = /^[0-9.]+/.exec(this.text.slice(this.at))?.[0] ?? ''
      this.at += digits.length
      return { kind: 'value', value: Number(digits) }
    }
    if (this.take('(')) {
      const inner = this.expression()
      this.need(')')
      return inner
    }
    if (this.take('[')) return this.list()
    if (this.take('{')) return this.object()
    const name = this.identifier()
    if (name === 'true' || name === 'false') return { kind: 'value', value: name === 'true' }
    if (name === 'null') return { kind: 'value', value: null }
    if (this.text[this.at] !== '(') return { kind: 'name', name }
    this.at += 1
    return { kind: 'call', name, given: this.items(')') }
  }

  private list(): Expression {
    const loop = this.loop()
    if (!loop) return { kind: 'list', items: this.items(']') }
    const value = this.expression()
    const only = this.takeWord('if') ? this.expression() : undefined
    this.need(']')
    return { kind: 'for', ...loop, name: undefined, value, only }
  }

  private object(): Expression {
    const loop = this.loop()
    if (loop) {
      const name = this.expression()
      this.need('=>')
      const value = this.expression()
      const only = this.takeWord('if') ? this.expression() : undefined
      this.need('}')
      return { kind: 'for', ...loop, name, value, only }
    }
    const members: (readonly [Expression, Expression])[] = []
    while (!this.take('}')) {
      this.space()
      const key: Expression =
        this.text[this.at] === '"' ? this.primary() : { kind: 'value', value: this.identifier() }
      if (!this.take('=')) this.need(':')
      members.push([key, this.expression()])
      this.take(',')
    }
    return { kind: 'object', members }
  }

  private loop(): { key: string | undefined; item: string; over: Expression } | undefined {
    if (!this.takeWord('for')) return undefined
    const first = this.identifier()
    const second = this.take(',') ? this.identifier() : undefined
    if (!this.takeWord('in')) this.fail('in')
    const over = this.expression()
    this.need(':')
    return { key: second === undefined ? undefined : first, item: second ?? first, over }
  }

  private items(close: string): Expression[] {
    const items: Expression[] = []
    while (!this.take(close)) {
      items.push(this.expression())
      if (!this.take(',')) {
        this.need(close)
        break
      }
    }
    return items
  }

  private identifier(): string {
    this.space()
    const name = /^[A-Za-z_][A-Za-z0-9_-]*/.exec(this.text.slice(this.at))?.[0]
    if (!name) return this.fail('a name')
    this.at += name.length
    return name
  }

  private take(token: string): boolean {
    this.space()
    if (!this.text.startsWith(token, this.at)) return false
    if (token === '=' && /^=[=>]/.test(this.text.slice(this.at, this.at + 2))) return false
    this.at += token.length
    return true
  }

  private takeWord(word: string): boolean {
    this.space()
    if (!new RegExp(`^${word}\\b`).test(this.text.slice(this.at))) return false
    this.at += word.length
    return true
  }

  private need(token: string): void {
    if (!this.take(token)) this.fail(token)
  }

  private space(): void {
    const skipped = /^(?:\s+|#[^\n]*)+/.exec(this.text.slice(this.at))?.[0]
    this.at += skipped?.length ?? 0
  }

  private fail(wanted: string): never {
    throw new Error(`${wanted} wanted at ${this.at} of: ${this.text}`)
  }
}
