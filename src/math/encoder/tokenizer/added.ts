import type { AddedToken } from './definition.js'

/**
 * Splits a text at added tokens, such as `[SEP]` in a caption, which are matched before normalisation:
 * leftmost, longest. The splitter returns undefined if the text has none. There is no splitter if a token
 * needs stripping, whole words or normalised matching.
 */
export function addedTokenSplitter(
  tokens: readonly AddedToken[],
): ((text: string) => (string | number)[] | undefined) | undefined {
  if (tokens.some((token) => token.lstrip || token.rstrip || token.single_word || token.normalized))
    return undefined
  if (tokens.length === 0) return () => undefined
  const ids = new Map(tokens.map((token) => [token.content, token.id]))
  const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(
    `(${longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`,
  )
  const firsts = new Set(longestFirst.map((content) => content.charAt(0)))
  const only = firsts.size === 1 ? ([...firsts][0] as string) : undefined
  return (text) => {
    if (only !== undefined && !text.includes(only)) return undefined
    const parts = text.split(pattern)
    if (parts.length === 1) return undefined
    return parts.filter((part) => part !== '').map((part) => ids.get(part) ?? part)
  }
}
