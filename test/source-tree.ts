import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's own sources, for tests that hold them to its rules. */

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

export interface Import {
  /** A file from the root (`src/core/json.ts`), a package (`yaml`, `@aws-sdk/client-s3`) or `node:…`. */
  readonly target: string
  readonly typeOnly: boolean
  /** `import()` when it is needed. */
  readonly dynamic: boolean
}

export function sourceFiles(folder: string): SourceFile[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !/\/(node_modules|dist)\//.test(path))
    .sort()
    .map(readSource)
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, imports: importsOf(path, withoutComments(text)) }
}

const staticImport = /^(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?'([^'\n]+)'/gm
const dynamicImport = /\b(typeof\s+)?import\(\s*'([^'\n]+)'\s*\)(\.[A-Z])?/g

function importsOf(path: string, text: string): Import[] {
  const fixed = [...text.matchAll(staticImport)].map(([whole, type, target]) => ({
    target: resolved(path, target as string),
    typeOnly: type !== undefined || onlyTypes(whole),
    dynamic: false,
  }))
  // `import('x.js').Type` and `typeof import('x.js')` name types.
  const later = [...text.matchAll(dynamicImport)].map(([, whole, target, type]) => ({
    target: resolved(path, target as string),
    typeOnly: whole !== undefined || type !== undefined,
    dynamic: true,
  }))
  return [...fixed, ...later]
}

/** `import { type A, type B } from …` */
function onlyTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/.exec(statement)?.[1]
  return (
    names !== undefined &&
    names.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
  )
}

function resolved(from: string, target: string): string {
  if (target.startsWith('.'))
    return relative(root, join(root, dirname(from), target))
      .replaceAll('\\', '/')
      .replace(/\.js$/, '.ts')
  if (target.startsWith('node:')) return target
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Comments blanked out, so that words in them count for nothing; strings are kept. */
export function withoutComments(text: string): string {
  return text.replace(
    /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`|\/\*[^]*?\*\/|\/\/[^\n]*/g,
    (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part),
  )
}

const variadic = /(?:\.(?:push|unshift|splice|concat)|\bMath\.(?:max|min))\(/g

/**
 * The 1-based lines on which an array is spread into the arguments of a call that takes any number of them.
 */
export function spreadArguments(text: string): number[] {
  const code = withoutStrings(withoutComments(text))
  return [...code.matchAll(variadic)].flatMap((call) =>
    spreadsIn(code, call.index + call[0].length) ? [code.slice(0, call.index).split('\n').length] : [],
  )
}

/** Whether one of the arguments that begin at `start` begins with `...`. */
function spreadsIn(code: string, start: number): boolean {
  let depth = 1
  for (let at = start; depth > 0 && at < code.length; at++) {
    const character = code[at] as string
    if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) depth--
    else if (depth === 1 && code.startsWith('...', at)) return true
  }
  return false
}

function withoutStrings(text: string): string {
  return text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (part) => "'".padEnd(part.length, "'"))
}
