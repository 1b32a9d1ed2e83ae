/**
 * `*` and `?` within a segment, `**` over any number of segments. Brackets are literal: crawls have them in
 * names.
 */
export function hasGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** The literal beginning of the pattern, which every match shares. */
export function literalPrefix(pattern: string): string {
  const at = pattern.search(/[*?]/)
  return at < 0 ? pattern : pattern.slice(0, at)
}

/**
 * As in the shell, a wildcard at the beginning of a segment does not match a leading dot, unless `dots` is
 * set.
 */
export function globMatcher(pattern: string, dots = false): (name: string) => boolean {
  const noDot = dots ? '' : '(?!\\.)'
  const segments = pattern.split('/')
  let source = '^'
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1
    if (segment === '**') {
      source += last ? `${noDot}[^/]+(?:/${noDot}[^/]+)*` : `(?:${noDot}[^/]+/)*`
      return
    }
    if (/^[*?]/.test(segment)) source += noDot
    source += segment.replace(/\*+|\?|[\\^$.|+()[\]{}]/g, (token) =>
      token[0] === '*' ? '[^/]*' : token === '?' ? '[^/]' : `\\${token}`,
    )
    if (!last) source += '/'
  })
  const expression = new RegExp(`${source}$`, 'su')
  return (name) => expression.test(name)
}

/** Whether braces or wildcards are in it. */
export function hasPattern(text: string): boolean {
  return hasGlob(text) || text.includes('{')
}
