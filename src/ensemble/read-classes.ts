import { readFile } from 'node:fs/promises'
import { PipelineError } from '../core/error.js'

/** Class names from a file: one per line, or a JSON list of strings. Throws `E_NO_CLASSES`. */
export async function readClasses(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  const list = text.trimStart().startsWith('[') ? listOf(text) : text.split(/\r?\n/)
  const names = list.map((name) => name.trim()).filter((name) => name !== '')
  if (names.length > 0) return names
  throw new PipelineError({
    code: 'E_NO_CLASSES',
    failure: 'usage',
    message: 'the file contains no class names',
    place: path,
    expected: 'one class name per line, or a JSON list',
  })
}

function listOf(text: string): string[] {
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) ? value.map(String) : []
}
