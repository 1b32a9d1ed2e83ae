import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PipelineError } from '../../../core/error.js'
import { systemCode } from '../errors.js'

/**
 * Somebody may remove an empty folder as fast as it is made; a system that has no such place says so every
 * time.
 */
const attempts = 8

/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never ends where the system answers "no
 * such file" for ever, as it does below `/proc`. Throws `E_NO_FOLDER`.
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
    message: 'no folder can be made here',
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
    // A folder that is there already may also answer that its parent is closed to us, or read-only.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return 'there'
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error
    throw new PipelineError({
      code: 'E_NO_FOLDER',
      message: 'a file lies where a folder is needed',
      place: path,
      hint: 'choose another store folder, or move the file',
      cause: error,
    })
  }
}
