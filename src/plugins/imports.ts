import { init, parse } from 'es-module-lexer'
import { PipelineError } from '../core/error.js'

export interface StaticImport {
  readonly specifier: string
  /** From 1. */
  readonly line: number
}

/**
 * The imports of an ES module, found without running it. Throws `E_PLUGIN` for code whose imports cannot be
 * determined: `import()`, `require`, or a module that cannot be parsed.
 */
export async function importsOf(path: string, bytes: Uint8Array): Promise<readonly StaticImport[]> {
  await init
  const text = new TextDecoder().decode(bytes)
  const found = parsed(path, text)
  const required = /\brequire\s*\(/.exec(withoutComments(text))
  if (required) throw refused(path, lineOf(text, text.indexOf(required[0])), 'require')
  return found.flatMap((each) => {
    if (each.type === 'import-meta') return []
    const line = lineOf(text, each.importStart)
    if (each.type !== 'static' && each.type !== 'reexport-star') throw refused(path, line, 'import()')
    return [{ specifier: each.specifier, line }]
  })
}

function parsed(path: string, text: string) {
  try {
    return parse(text, path)[0]
  } catch (error) {
    const { idx } = error as { idx?: unknown }
    throw new PipelineError({
      code: 'E_PLUGIN',
      failure: 'manifest',
      message: 'this is not an ES module that can be parsed',
      place: typeof idx === 'number' ? `${path}:${lineOf(text, idx)}` : path,
      expected: 'JavaScript (compile TypeScript first)',
      cause: error,
    })
  }
}

/**
 * Removes most comments, so that a word in one does not refuse a plugin. The result still contains all
 * code.
 */
function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function refused(path: string, line: number, what: string): PipelineError {
  return new PipelineError({
    code: 'E_PLUGIN',
    failure: 'manifest',
    message: `a plugin cannot use ${what}: its digest could not cover the loaded code`,
    place: `${path}:${line}`,
    expected: 'static imports',
  })
}
