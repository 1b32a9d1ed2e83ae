import { readFile } from 'node:fs/promises'
import { PipelineError } from '../core/error.js'
import { textLines, utf8Text } from '../io/class-list.js'

/** Class names in the order of their first mention. */
export interface ClassList {
  readonly names: readonly string[]
  /** Names that are listed more than once. */
  readonly repeated: readonly string[]
}

/**
 * Class names from a file: one per line, or a JSON list of strings. Throws `E_NO_CLASSES`, `E_CLASS_LIST`.
 */
export async function readClasses(path: string): Promise<ClassList> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw refused(path, `the class names cannot be read (${cause.code})`, cause)
  })
  const text = utf8Text(bytes, path)
  const all = text.trimStart().startsWith('[') ? listOf(text, path) : textLines(bytes, path)
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const name of all) (seen.has(name) ? repeated : seen).add(name)
  if (seen.size > 0) return { names: [...seen], repeated: [...repeated] }
  throw new PipelineError({
    code: 'E_NO_CLASSES',
    failure: 'usage',
    message: 'the file contains no class names',
    place: path,
    expected: 'one class name per line, or a JSON list',
  })
}

/** What people should know about a list, as one line; undefined if there is nothing to say. */
export function repeatedLine({ repeated }: ClassList, path: string): string | undefined {
  if (repeated.length === 0) return undefined
  const some = repeated.slice(0, 5).join(', ')
  return `${path}: listed more than once, and counted once: ${some}${repeated.length > 5 ? ', …' : ''}`
}

function listOf(text: string, path: string): string[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refused(path, 'this file begins like a JSON list and is none', cause)
  }
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string'))
    throw refused(path, 'this JSON list has members that are not strings')
  return value.map((name) => name.trim()).filter((name) => name !== '')
}

function refused(place: string, message: string, cause?: unknown): PipelineError {
  return new PipelineError({
    code: 'E_CLASS_LIST',
    failure: 'usage',
    message,
    place,
    expected: 'one class name per line, or a JSON list of strings',
    cause,
  })
}
