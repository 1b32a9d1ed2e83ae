import { readWhole } from './read-whole.js'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { encoderFolder } from '../core/encoder-folder.js'
import { PipelineError } from '../core/error.js'
import { append } from '../core/extremes.js'
import { byCodeUnit } from '../core/json.js'
import type { ByteSource } from './source.js'

/** A folder with an encoder's files. Has the shape of `EncoderFiles` in math, which io does not import. */
export interface EncoderFolder {
  readonly place: string
  list(): Promise<string[]>
  read(name: string): Promise<Uint8Array>
  path?(name: string): string | undefined
}

/** Access to files that are not on the local disk; a task's context provides it. */
export interface Remote {
  openUri(uri: string): Promise<ByteSource>
  listUri(uri: string): Promise<readonly string[]>
}

/**
 * Opens `encoder.model` (see `encoderFolder`): local folders directly, anything with a scheme through
 * `remote`.
 */
export function openEncoderFolder(model: string, remote: Remote): EncoderFolder {
  const folder = encoderFolder(model)
  return /^(?!file:)[a-z0-9]+:\/\//i.test(folder)
    ? remoteEncoderFolder(folder, remote)
    : localEncoderFolder(folder.replace(/^file:\/\//, ''))
}

/** A folder on the local disk. Follows links, so a snapshot in the Hugging Face cache works as it is. */
export function localEncoderFolder(folder: string): EncoderFolder {
  return {
    place: folder,
    list: async () => (await filesBelow(folder, folder)).sort(byCodeUnit),
    read: (name) => readFile(join(folder, name)),
    path: (name) => join(folder, name),
  }
}

export function remoteEncoderFolder(uri: string, remote: Remote): EncoderFolder {
  const prefix = uri.endsWith('/') ? uri : `${uri}/`
  return {
    place: uri,
    list: async () =>
      (await remote.listUri(prefix)).map((file) => {
        if (file.startsWith(prefix)) return file.slice(prefix.length)
        throw new PipelineError({
          code: 'E_ENCODER',
          message: 'the listing of the encoder has a file outside its prefix',
          place: uri,
          found: file,
        })
      }),
    async read(name) {
      const source = await remote.openUri(prefix + name)
      return readWhole(source)
    },
  }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(folder).catch(() => [])) {
    const path = join(folder, entry)
    const info = await stat(path).catch(() => undefined)
    if (info?.isDirectory()) append(names, await filesBelow(root, path))
    else if (info?.isFile()) names.push(relative(root, path).split(sep).join('/'))
  }
  return names
}
