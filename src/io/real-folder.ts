import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The path of a folder after links, of which the end need not exist yet. */
export async function realFolder(path: string): Promise<string> {
  const above = dirname(path)
  return realpath(path).catch(async () =>
    above === path
      ? path
      : `${await realFolder(above)}/${path.slice(above.length).replace(/^\/+|\/+$/g, '')}`,
  )
}
