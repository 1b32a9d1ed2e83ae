import { isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml'
import { type Diagnostic, diagnose, type Mistake, shown } from './diagnose.js'
import type { Located, Member } from './located.js'
import { rangeAt, type SourceText } from './source.js'

const plainTags = /^tag:yaml\.org,2002:(map|seq|str)$/

/** Converts the parser's tree to located values. Whatever a manifest may not contain becomes `refused`. */
export function readNode(node: Node, source: SourceText, diagnostics: Diagnostic[]): Located {
  const [start, end] = node.range ?? [0, 1]
  const at = rangeAt(source, start, end)
  const refuse = (mistake: Mistake): Located => {
    diagnostics.push(diagnose(at, mistake))
    return { kind: 'refused', at }
  }
  if (isAlias(node)) {
    return refuse({
      code: 'E_YAML_ALIAS',
      message: `\`*${shown(node.source)}\` is an alias; aliases are not supported`,
      hint: 'write the value itself',
    })
  }
  if (node.anchor !== undefined) {
    refuse({
      code: 'E_YAML_ALIAS',
      message: `\`&${shown(node.anchor)}\` is an anchor; anchors and aliases are not supported`,
      hint: 'remove the anchor',
    })
  }
  if (node.tag !== undefined && !plainTags.test(node.tag)) {
    const tag = node.tag.replace('tag:yaml.org,2002:', '!!')
    return refuse({
      code: 'E_YAML_TAG',
      message: `the tag \`${shown(tag)}\` is not allowed`,
      hint: 'write plain text, numbers, true, false or null',
    })
  }
  if (isMap(node)) return { kind: 'map', members: readMembers(node.items, source, diagnostics), at }
  if (isSeq(node))
    return { kind: 'list', items: node.items.map((item) => readNode(item as Node, source, diagnostics)), at }
  if (!isScalar(node)) return { kind: 'refused', at }
  const { value } = node
  if (value === undefined || value === null) return { kind: 'scalar', value: null, at }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return refuse({ code: 'E_YAML_NUMBER', message: `${node.source ?? value} is not a finite number` })
  }
  if (
    typeof value === 'number' &&
    Math.abs(value) > Number.MAX_SAFE_INTEGER &&
    /^[-+]?\d+$/.test(node.source ?? '')
  ) {
    return refuse({
      code: 'E_YAML_NUMBER',
      message: `${shown(node.source ?? '')} is too large to be represented exactly`,
      hint: `the largest integer is ${Number.MAX_SAFE_INTEGER}; quote it if it is text`,
    })
  }
  if (typeof value === 'number') return { kind: 'scalar', value: value === 0 ? 0 : value, at }
  if (typeof value === 'boolean' || typeof value === 'string') return { kind: 'scalar', value, at }
  return refuse({
    code: 'E_YAML_TAG',
    message: 'this kind of value is not allowed',
    hint: 'write plain text, numbers, true, false or null',
  })
}

function readMembers(pairs: readonly unknown[], source: SourceText, diagnostics: Diagnostic[]): Member[] {
  const members: Member[] = []
  const seen = new Set<string>()
  for (const pair of pairs) {
    if (!isPair(pair)) continue
    const key = pair.key as Node
    const [start, end] = key.range ?? [0, 1]
    const keyAt = rangeAt(source, start, end)
    const report = (mistake: Mistake) => diagnostics.push(diagnose(keyAt, mistake))
    const value: Located = pair.value
      ? readNode(pair.value as Node, source, diagnostics)
      : { kind: 'scalar', value: null, at: keyAt }
    if (!isScalar(key) || typeof key.value !== 'string') {
      const written = isScalar(key) ? shown(String(key.source ?? key.value)) : undefined
      report({
        code: 'E_YAML_KEY',
        message: 'the name of a member must be text',
        found: written,
        hint: written ? `quote it: "${written}"` : undefined,
      })
    } else if (key.value === '<<') {
      report({
        code: 'E_YAML_MERGE',
        message: 'merge keys (`<<`) are not supported',
        hint: 'write the members themselves',
      })
    } else if (seen.has(key.value)) {
      report({
        code: 'E_DUPLICATE_KEY',
        message: `\`${shown(key.value)}\` is set twice`,
        hint: 'keep one of the two',
      })
    } else {
      if (key.anchor !== undefined)
        report({
          code: 'E_YAML_ALIAS',
          message: `\`&${shown(key.anchor)}\` is an anchor; anchors and aliases are not supported`,
        })
      seen.add(key.value)
      members.push({
        key: key.value,
        keyAt,
        value: value.at.line > keyAt.line && value.kind !== 'scalar' ? { ...value, at: keyAt } : value,
      })
    }
  }
  return members
}
