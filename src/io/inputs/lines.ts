import { isAbsolute } from 'node:path'
import { PipelineError } from '../../core/error.js'
import { readWhole } from '../read-whole.js'
import { backendOf, type StoreSettings } from '../store/backends.js'
import { openUri } from '../store/open.js'
import { hasPattern } from './glob.js'

/** One input as it is written, and the folder that it starts from. */
export interface InputLine {
  readonly uri: string
  readonly base: string | undefined
  /** The folder of the list that this name is relative to, if it is part of `uri`. */
  readonly folder?: string | undefined
}

/**
 * What is written as an input: itself, or the lines of a list. `exists` tells whether a local file is there,
 * since the folder above a list may have a pattern's characters in its name. Throws `E_INPUT_EMPTY`,
 * `E_INPUT_LIST`.
 */
export async function linesOf(
  uri: string,
  base: string | undefined,
  settings: StoreSettings | undefined,
  exists: (path: string) => Promise<boolean>,
): Promise<InputLine[]> {
  const list = await listNamed(uri, base, exists)
  if (list === undefined) return [{ uri, base }]
  const backend = backendOf(list)
  const path = backend.complete(list, base)
  const lines = textOf(await readWhole(await openUri(path, settings)), path)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.length === 0) {
    throw new PipelineError({
      code: 'E_INPUT_EMPTY',
      failure: 'manifest',
      message: 'this list of inputs names no file',
      place: path,
    })
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  // A list travels with its files, so its relative names start from its own folder.
  return lines.map((line) => {
    const complete = isAbsolute(line) || /^\w+:\/\//.test(line)
    return backend.local || complete
      ? { uri: line, base: backend.local && folder !== '' ? folder : base }
      : { uri: folder + line, base: undefined, folder }
  })
}

async function listNamed(
  uri: string,
  base: string | undefined,
  exists: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (uri.startsWith('@')) return uri.slice(1)
  if (!/\.(txt|lst)$/i.test(uri)) return undefined
  if (!hasPattern(uri)) return uri
  const backend = backendOf(uri)
  return backend.local && (await exists(backend.complete(uri, base))) ? uri : undefined
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new PipelineError({
      code: 'E_INPUT_LIST',
      failure: 'manifest',
      message: 'this list of inputs is not UTF-8',
      place: path,
      hint: 'write one file or URI per line; a file of captions or images is no list of inputs',
    })
  }
}
