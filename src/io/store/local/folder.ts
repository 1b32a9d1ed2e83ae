import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PipelineError } from '../../../core/error.js'
import { systemCode } from '../errors.js'

/**
 * Another process may remove an empty folder as soon as it is made; below paths such as `/proc`, every
 * attempt fails.
 */
const attempts = 8

/**
 * Makes a folder and its parents. Node's recursive `mkdir` never ends if the system always answers "no such
 * file", as below `/proc`. Throws `E_NO_FOLDER`.
 */
export async function makeFolder(path: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const outcome = await makeOne(path)
    if (outcome === 'there') return
    if (dirname(path) === path) break
    await makeFolder(dirname(path))
  }
  throw new PipelineError({
    code: 'E_NO_FOLDER',
    message: 'this folder cannot be created',
    place: path,
    hint: 'choose a store folder on an ordinary file system',
  })
}

async function makeOne(path: string): Promise<'there' | 'no parent'> {
  try {
    await mkdir(path)
    return 'there'
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return 'no parent'
    // An existing folder may also fail with the error that its parent is not writable.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return 'there'
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error
    throw new PipelineError({
      code: 'E_NO_FOLDER',
      message: 'there is a file where a folder is needed',
      place: path,
      hint: 'choose another store folder, or move the file',
      cause: error,
    })
  }
}
