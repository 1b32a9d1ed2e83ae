import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { byCodeUnit } from '../core/json.js'

/** A folder of an encoder's files. The type is `EncoderFiles` of the encoder's side; io does not import math. */
export interface EncoderFolder {
  readonly place: string
  list(): Promise<string[]>
  read(name: string): Promise<Uint8Array>
  path?(name: string): string | undefined
}

/** A folder on the local disk. Links are followed, so a snapshot in the Hugging Face cache works as it lies there. */
export function localEncoderFolder(folder: string): EncoderFolder {
  return {
    place: folder,
    list: async () => (await filesBelow(folder, folder)).sort(byCodeUnit),
    read: (name) => readFile(join(folder, name)),
    path: (name) => join(folder, name),
  }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(folder).catch(() => [])) {
    const path = join(folder, entry)
    const info = await stat(path).catch(() => undefined)
    if (info?.isDirectory()) names.push(...(await filesBelow(root, path)))
    else if (info?.isFile()) names.push(relative(root, path).split(sep).join('/'))
  }
  return names
}
