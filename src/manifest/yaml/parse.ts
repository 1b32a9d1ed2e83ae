import { Composer, type CST, Parser, type YAMLParseError } from 'yaml'
import { type Diagnostic, diagnose } from './diagnose.js'
import type { Located } from './located.js'
import { readNode } from './read-node.js'
import { rangeAt, type SourceText, wholeOf } from './source.js'

/** Larger files are rejected before they are read. */
export const maximumBytes = 64 * 1024
/** Far beyond any real manifest. Composing 20,000 levels exhausts memory and kills the process. */
export const maximumDepth = 32

export interface Parsed {
  /** An empty map if the text is empty or could not be read. */
  readonly root: Located
  readonly diagnostics: readonly Diagnostic[]
}

/** Parses YAML 1.2 (core schema) without aliases, anchors, merge keys, tags or second documents. */
export function parseYaml(source: SourceText): Parsed {
  const empty: Located = { kind: 'map', members: [], at: wholeOf(source) }
  const tokens = [...new Parser().parse(source.text)]
  const deep = tooDeepAt(tokens)
  if (deep !== undefined) {
    const mistake = { code: 'E_YAML_DEPTH', message: `nested deeper than ${maximumDepth} levels` }
    return {
      root: { kind: 'refused', at: empty.at },
      diagnostics: [diagnose(rangeAt(source, deep, deep + 1), mistake)],
    }
  }
  const [document, second] = [
    ...new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false }).compose(tokens),
  ]
  if (!document) return { root: empty, diagnostics: [] }
  const diagnostics = syntaxMistakes(document.errors, source)
  if (second) {
    const mistake = {
      code: 'E_YAML_DOCUMENTS',
      message: 'a second YAML document starts here',
      hint: 'a file may have only one document; remove the `---`',
    }
    diagnostics.push(diagnose(rangeAt(source, second.range[0], second.range[0] + 1), mistake))
  }
  const root = document.contents ? readNode(document.contents, source, diagnostics) : empty
  return {
    root: document.errors.length > 0 && root.kind !== 'map' ? { kind: 'refused', at: root.at } : root,
    diagnostics,
  }
}

/** One error per line, and only tab errors if there are any: the others are consequences. */
function syntaxMistakes(errors: readonly YAMLParseError[], source: SourceText): Diagnostic[] {
  const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT')
  const lines = new Set<number>()
  return (tabs.length > 0 ? tabs : errors).flatMap(({ code, message, pos }) => {
    const at = rangeAt(source, pos[0], pos[1])
    if (lines.has(at.line)) return []
    lines.add(at.line)
    return [
      diagnose(at, { code: 'E_YAML_SYNTAX', message: firstLine(message), hint: syntaxHint(code, message) }),
    ]
  })
}

function syntaxHint(code: string, message: string): string | undefined {
  return /^Flow .* end with a/.test(message) ? 'is the closing bracket missing?' : syntaxHints[code]
}

const syntaxHints: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'members of one group start in the same column',
  MISSING_CHAR: 'quote text that contains brackets, braces, `:` or `#`',
  MULTILINE_IMPLICIT_KEY: 'is a `:` missing in the line above?',
}

function firstLine(message: string): string {
  const line = message.split('\n')[0] as string
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** Offset of a token that is nested too deeply. Iterative, since the input may be hostile. */
function tooDeepAt(tokens: readonly CST.Token[]): number | undefined {
  const waiting: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { token, depth } = next
    if (depth > maximumDepth) return token.offset
    if (token.type === 'document') {
      if (token.value) waiting.push({ token: token.value, depth })
    } else if (token.type === 'block-map' || token.type === 'block-seq' || token.type === 'flow-collection') {
      for (const { key, value } of token.items) {
        if (key) waiting.push({ token: key, depth: depth + 1 })
        if (value) waiting.push({ token: value, depth: depth + 1 })
      }
    }
  }
  return undefined
}
