import { open } from 'node:fs/promises'
import { type Diagnostic, diagnose, type Mistake } from './diagnose.js'
import type { Located } from './located.js'
import { maximumBytes, type Parsed, parseYaml } from './parse.js'
import { type SourceText, wholeOf } from './source.js'

/**
 * Reads and parses a YAML file. Messages call it `name`. A file that cannot be read is reported as a
 * diagnostic.
 */
export async function readYamlFile(
  path: string,
  name: string,
): Promise<Parsed & { readonly source: SourceText }> {
  const source: SourceText = { name, text: '', kind: 'file' }
  const refuse = (mistake: Mistake): Parsed & { source: SourceText } => {
    const root: Located = { kind: 'refused', at: wholeOf(source) }
    const diagnostics: Diagnostic[] = [diagnose(wholeOf(source), mistake)]
    return { source, root, diagnostics }
  }
  let bytes: Uint8Array
  try {
    bytes = await readAtMost(path, maximumBytes + 1)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT')
      return refuse({
        code: 'E_FILE_MISSING',
        message: 'no such file',
        hint: 'check the path, or create a manifest with `coterie init DIR`',
      })
    if (code === 'EISDIR')
      return refuse({
        code: 'E_FILE_MISSING',
        message: 'this is a folder, not a file',
        hint: 'name a file in it, such as manifest.yaml',
      })
    return refuse({
      code: 'E_FILE_UNREADABLE',
      message: `the file cannot be read (${code ?? 'unknown error'})`,
    })
  }
  if (bytes.length > maximumBytes) {
    return refuse({
      code: 'E_FILE_TOO_LARGE',
      message: 'the file is larger than 64 KB',
      hint: 'put long lists into a separate file and name its URI',
    })
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refuse({ code: 'E_FILE_ENCODING', message: 'the file is not UTF-8 text' })
  }
  const whole: SourceText = { ...source, text }
  return { source: whole, ...parseYaml(whole) }
}

async function readAtMost(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const buffer = new Uint8Array(limit)
    let length = 0
    while (length < limit) {
      const { bytesRead } = await file.read(buffer, length, limit - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await file.close()
  }
}
